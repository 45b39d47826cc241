import { unreachable } from '#base/assert';
import type { Secret } from '#base/secret';
import type { AlertContent } from './alertcontent.ts';
import type { ChannelSettings } from './channelsettings.ts';
import { opsgenieRequest } from './opsgeniealert.ts';
import { pagerdutyRequest } from './pagerdutyevent.ts';
import { slackRequest } from './slackmessage.ts';
import { teamsRequest } from './teamsmessage.ts';
import { webhookRequest } from './webhookmessage.ts';

/** One request to a receiver; `url` may hold the secret, so it goes into no log and no error. */
export type ChannelRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Telling = {
  readonly content: AlertContent;
  readonly secret: Secret;
  /** When it is sent. */
  readonly nowMs: number;
};

/** What is sent to tell a channel of an alert over HTTPS; null when its service has no such message. */
export function channelRequest(
  settings: Exclude<ChannelSettings, { kind: 'email' }>,
  telling: Telling,
): ChannelRequest | null {
  switch (settings.kind) {
    case 'slack':
      return slackRequest(telling);
    case 'teams':
      return teamsRequest(telling);
    case 'pagerduty':
      return pagerdutyRequest(settings, telling);
    case 'opsgenie':
      return opsgenieRequest(settings, telling);
    case 'webhook':
      return webhookRequest(settings, telling);
    default:
      return unreachable(settings);
  }
}
