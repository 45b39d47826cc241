import type { AlertContent } from './alertcontent.ts';
import { factsOf, headlineOf, signalText, whereOf } from './alerttext.ts';
import type { ChannelRequest, Telling } from './telling.ts';
import type { SettingsOf } from './channelsettings.ts';

/** Limits of Opsgenie's Alert API. */
const MESSAGE_CHARACTERS_MAX = 130;
const DESCRIPTION_CHARACTERS_MAX = 15_000;

/** Alert API v2: one incident here is one alert there, by its alias; the service drops what it has already. */
export function opsgenieRequest(
  settings: SettingsOf<'opsgenie'>,
  { content, secret }: Telling,
): ChannelRequest {
  const { path, body } = actOf(content);
  return {
    url: new URL(path, settings.origin).href,
    headers: {
      'content-type': 'application/json',
      authorization: `GenieKey ${secret.reveal()}`,
    },
    body: JSON.stringify({ source: 'Privet', ...body }),
  };
}

function actOf(content: AlertContent): { readonly path: string; readonly body: object } {
  const alias = encodeURIComponent(content.incident);
  if (content.event === 'resolved') {
    return { path: `/v2/alerts/${alias}/close?identifierType=alias`, body: {} };
  }
  if (content.event === 'acknowledged') {
    const body = content.actor === null ? {} : { user: content.actor };
    return { path: `/v2/alerts/${alias}/acknowledge?identifierType=alias`, body };
  }
  return { path: '/v2/alerts', body: alertOf(content) };
}

function alertOf(content: AlertContent): object {
  const lines = content.signals.map((signal) => `• ${signalText(signal)}`);
  return {
    message: headlineOf(content).slice(0, MESSAGE_CHARACTERS_MAX),
    alias: content.incident,
    description: [...lines, ...(content.link === null ? [] : [content.link])]
      .join('\n')
      .slice(0, DESCRIPTION_CHARACTERS_MAX),
    entity: whereOf(content),
    priority: PRIORITIES[content.severity],
    tags: ['privet', ...new Set(content.signals.map((signal) => signal.kind))],
    details: Object.fromEntries(factsOf(content)),
  };
}

const PRIORITIES: Readonly<Record<AlertContent['severity'], string>> = {
  low: 'P5',
  normal: 'P3',
  high: 'P2',
  critical: 'P1',
};
