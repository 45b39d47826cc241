import type { AlertContent } from './alertcontent.ts';
import { factsOf, headlineOf, signalText } from './alerttext.ts';
import type { ChannelRequest, Telling } from './telling.ts';

/** An Adaptive Card in the envelope Workflows webhooks take (they replaced the connectors Microsoft retired). */
export function teamsRequest({ content, secret }: Telling): ChannelRequest {
  return {
    url: secret.reveal(),
    headers: { 'content-type': 'application/json', 'idempotency-key': content.alert },
    body: JSON.stringify({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: cardOf(content),
        },
      ],
    }),
  };
}

function cardOf(content: AlertContent): object {
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    // The newest version every Teams client shows.
    version: '1.4',
    body: [
      {
        type: 'TextBlock',
        size: 'Medium',
        weight: 'Bolder',
        wrap: true,
        color: COLOURS[content.severity],
        text: plain(headlineOf(content)),
      },
      ...content.signals.map((signal) => ({
        type: 'TextBlock',
        wrap: true,
        spacing: 'Small',
        text: `• ${plain(signalText(signal))}`,
      })),
      {
        type: 'FactSet',
        facts: factsOf(content).map(([title, value]) => ({ title, value: plain(value) })),
      },
    ],
    actions:
      content.link === null
        ? []
        : [{ type: 'Action.OpenUrl', title: 'Open incident', url: content.link }],
  };
}

const COLOURS: Readonly<Record<AlertContent['severity'], string>> = {
  low: 'Accent',
  normal: 'Warning',
  high: 'Attention',
  critical: 'Attention',
};

/** Text blocks read a little Markdown: a table's name must not become a link. */
function plain(text: string): string {
  return text.replaceAll(/[\\*_[\]()#<>`~|]/gu, String.raw`\$&`);
}
