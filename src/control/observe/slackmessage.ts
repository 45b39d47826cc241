import type { AlertContent } from './alertcontent.ts';
import { factsOf, headlineOf, signalText } from './alerttext.ts';
import type { ChannelRequest, Telling } from './telling.ts';

/** A section's text holds 3,000 characters, a header 150 (Slack's Block Kit reference). */
const SECTION_CHARACTERS_MAX = 3_000;
const HEADER_CHARACTERS_MAX = 150;

/** Block Kit over an incoming webhook; `text` is what notifications and screen readers show. */
export function slackRequest({ content, secret }: Telling): ChannelRequest {
  return {
    url: secret.reveal(),
    headers: { 'content-type': 'application/json', 'idempotency-key': content.alert },
    body: JSON.stringify({ text: escaped(headlineOf(content)), blocks: blocksOf(content) }),
  };
}

function blocksOf(content: AlertContent): readonly object[] {
  const signals = content.signals.map((signal) => `• ${escaped(signalText(signal))}`).join('\n');
  const facts = factsOf(content).map(([name, text]) => `*${name}* ${escaped(text)}`);
  return [
    {
      type: 'header',
      text: {
        type: 'plain_text',
        text: `${MARKS[content.severity]} ${headlineOf(content)}`.slice(0, HEADER_CHARACTERS_MAX),
      },
    },
    ...(signals === ''
      ? []
      : [
          {
            type: 'section',
            text: { type: 'mrkdwn', text: signals.slice(0, SECTION_CHARACTERS_MAX) },
          },
        ]),
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: facts.join('  ·  ').slice(0, SECTION_CHARACTERS_MAX) }],
    },
    ...(content.link === null
      ? []
      : [
          {
            type: 'actions',
            elements: [
              {
                type: 'button',
                text: { type: 'plain_text', text: 'Open incident' },
                url: content.link,
              },
            ],
          },
        ]),
  ];
}

const MARKS: Readonly<Record<AlertContent['severity'], string>> = {
  low: '🔵',
  normal: '🟡',
  high: '🟠',
  critical: '🔴',
};

/** Slack reads `&`, `<` and `>` as its own marks: a table called `<!channel>` must not wake everybody. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
