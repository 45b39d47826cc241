import { canonicalJson } from '#base/canonical';
import { webhookSignature } from '#platform/http';
import type { ChannelRequest, Telling } from './telling.ts';
import type { SettingsOf } from './channelsettings.ts';

/** The alert itself, signed as Standard Webhooks says; its id is the same in every retry. */
export function webhookRequest(
  settings: SettingsOf<'webhook'>,
  { content, secret, nowMs }: Telling,
): ChannelRequest {
  const body = canonicalJson(content);
  const signature = webhookSignature(secret, { id: content.alert, nowMs, body });
  return {
    url: settings.url,
    headers: { 'content-type': 'application/json', ...signature },
    body,
  };
}
