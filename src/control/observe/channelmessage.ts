import { unreachable } from '#base/assert';
import type { ChannelSettings } from './channelsettings.ts';
import { opsgenieRequest } from './opsgeniealert.ts';
import { pagerdutyRequest } from './pagerdutyevent.ts';
import { slackRequest } from './slackmessage.ts';
import { teamsRequest } from './teamsmessage.ts';
import type { ChannelRequest, Telling } from './telling.ts';
import { webhookRequest } from './webhookmessage.ts';

/** What is sent to tell a channel of an alert over HTTPS. */
export function channelRequest(
  settings: Exclude<ChannelSettings, { kind: 'email' }>,
  telling: Telling,
): ChannelRequest {
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
