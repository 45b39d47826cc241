import type { AlertContent } from './alertcontent.ts';
import { headlineOf, signalText, whereOf } from './alerttext.ts';
import type { ChannelRequest, Telling } from './telling.ts';
import type { SettingsOf } from './channelsettings.ts';

/** Longest summary PagerDuty keeps (Events API v2). */
const SUMMARY_CHARACTERS_MAX = 1_024;

/** Events API v2: one incident here is one there, by its deduplication key, through trigger, acknowledge and resolve. */
export function pagerdutyRequest(
  settings: SettingsOf<'pagerduty'>,
  { content, secret }: Telling,
): ChannelRequest {
  return {
    url: new URL('/v2/enqueue', settings.origin).href,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      routing_key: secret.reveal(),
      event_action: ACTIONS[content.event],
      dedup_key: content.incident,
      ...(ACTIONS[content.event] === 'trigger' ? triggerOf(content) : {}),
    }),
  };
}

const ACTIONS: Readonly<Record<AlertContent['event'], 'trigger' | 'acknowledge' | 'resolve'>> = {
  opened: 'trigger',
  raised: 'trigger',
  reminder: 'trigger',
  trial: 'trigger',
  acknowledged: 'acknowledge',
  resolved: 'resolve',
};

/** Events API v2 knows these four. */
const SEVERITIES: Readonly<Record<AlertContent['severity'], string>> = {
  low: 'info',
  normal: 'warning',
  high: 'error',
  critical: 'critical',
};

function triggerOf(content: AlertContent): object {
  const { place, link } = content;
  return {
    client: 'Privet',
    ...(link === null ? {} : { client_url: link, links: [{ href: link, text: 'Open incident' }] }),
    payload: {
      summary: headlineOf(content).slice(0, SUMMARY_CHARACTERS_MAX),
      source: whereOf(content),
      severity: SEVERITIES[content.severity],
      timestamp: new Date(content.openedAtMs).toISOString(),
      component: place?.warehouse,
      group: content.plane,
      class: content.signals[0]?.kind,
      custom_details: {
        checks: content.signals.map(signalText),
        failing: content.signalCount,
        owners: content.owners,
        downstream: content.downstream,
      },
    },
  };
}
