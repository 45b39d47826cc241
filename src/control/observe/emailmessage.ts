import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import { createTransport } from 'nodemailer';
import type { AlertContent } from './alertcontent.ts';
import { factsOf, headlineOf, signalText } from './alerttext.ts';
import type { Telling } from './telling.ts';
import { forbiddenReceiver, isForbiddenReceiver, receiverLookup } from './receiveraddress.ts';
import type { Reach } from './receiveraddress.ts';
import type { SettingsOf } from './channelsettings.ts';

const TIMEOUT_MS = 20_000;

/** Sends an alert as mail over TLS; throws what the server or the network said. */
export async function sendEmail(
  settings: SettingsOf<'email'>,
  { content, secret }: Telling,
  reach: Reach,
): Promise<void> {
  const transport = createTransport({
    host: settings.host,
    port: settings.port,
    secure: settings.security === 'tls',
    // Without it a server (or somebody in between) that hides STARTTLS would be sent everything in clear.
    requireTLS: true,
    auth: { user: settings.user, pass: secret.reveal() },
    tls: {
      minVersion: 'TLSv1.2',
      ...(settings.authorityPem === null ? {} : { ca: settings.authorityPem }),
    },
    getSocket: (_options, done) =>
      callbackify(() => socketTo(settings, reach))((error, connection) =>
        error === null ? done(null, { connection }) : done(error, false),
      ),
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // Nothing in a message is read from disk or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail(mailOf(settings, content));
  } finally {
    transport.close();
  }
}

/** A connection to the mail server, by our own lookup: the library's would go wherever the name leads. */
function socketTo({ host, port }: SettingsOf<'email'>, { loopback }: Reach): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (isForbiddenReceiver(host, loopback)) throw forbiddenReceiver();
    const socket = connect({ host, port, lookup: receiverLookup(loopback) });
    const late = () => socket.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' }));
    const timer = setTimeout(late, TIMEOUT_MS);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

/** The mail; what belongs to one incident is one thread, and a retry has the id of the first attempt. */
function mailOf(settings: SettingsOf<'email'>, content: AlertContent) {
  const domain = settings.from.slice(settings.from.lastIndexOf('@') + 1);
  const thread = `<${content.incident}@${domain}>`;
  return {
    from: { name: 'Privet', address: settings.from },
    to: settings.to,
    subject: headlineOf(content),
    text: textOf(content),
    messageId: `<${content.alert}@${domain}>`,
    inReplyTo: thread,
    references: thread,
    headers: {
      // Keeps out-of-office answers away (RFC 3834).
      'Auto-Submitted': 'auto-generated',
      'X-Privet-Incident': content.incident,
      ...(content.severity === 'critical' ? { Importance: 'high' } : {}),
    },
  };
}

function textOf(content: AlertContent): string {
  const signals = content.signals.map((signal) => `  - ${signalText(signal)}`);
  const facts = factsOf(content).map(([name, text]) => `${name}: ${text}`);
  return [
    headlineOf(content),
    '',
    ...signals,
    ...(signals.length > 0 ? [''] : []),
    ...facts,
    ...(content.link === null ? [] : ['', content.link]),
    '',
    'Privet holds no value of your data, so this message has none.',
    '',
  ].join('\n');
}
