import { createServer } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { issueTestCertificate } from '../control/certificate.ts';

export type Received = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Parsed JSON; tests say what they expect of it. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
};

export type Answer = { readonly status: number; readonly headers?: Record<string, string> };

/** A real HTTPS receiver of alerts: remembers what came and answers as told. */
export type Receiver = {
  readonly origin: string;
  readonly authorityPem: string;
  readonly received: Received[];
  /** Answers of the next requests; 200 when there is none left. */
  readonly answers: Answer[];
  close(): Promise<void>;
};

/** Listens on a free port of this machine, with a certificate of an authority of its own. */
export async function startReceiver(): Promise<Receiver> {
  const certificate = await issueTestCertificate();
  const received: Received[] = [];
  const answers: Answer[] = [];
  const options = { cert: certificate.chainPem, key: certificate.keyPem.reveal() };
  const server = createServer(options, (request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const { url = '', headers } = request;
      received.push({ path: url, headers, text, body: JSON.parse(text) as unknown });
      const answer = answers.shift() ?? { status: 200 };
      reply.writeHead(answer.status, answer.headers).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://127.0.0.1:${port}`,
    authorityPem: certificate.authorityPem,
    received,
    answers,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type Mail = { readonly from: string; readonly to: readonly string[]; readonly text: string };

/** A real SMTP server with AUTH: implicit TLS, or STARTTLS, or none offered at all. */
export type MailServer = {
  readonly port: number;
  readonly authorityPem: string;
  readonly mails: Mail[];
  /** Whether each connection that sent mail was encrypted. */
  readonly encrypted: boolean[];
  /** Passwords that were tried. */
  readonly tried: string[];
  close(): Promise<void>;
};

export async function startMailServer(
  security: 'tls' | 'starttls' | 'none',
  account: { readonly user: string; readonly password: string },
): Promise<MailServer> {
  const certificate = await issueTestCertificate();
  const mails: Mail[] = [];
  const encrypted: boolean[] = [];
  const tried: string[] = [];
  const server = new SMTPServer({
    secure: security === 'tls',
    cert: certificate.chainPem,
    key: certificate.keyPem.reveal(),
    disabledCommands: security === 'none' ? ['STARTTLS'] : [],
    allowInsecureAuth: security === 'none',
    onAuth: (auth, _session, done) => {
      tried.push(auth.password ?? '');
      const right = auth.username === account.user && auth.password === account.password;
      if (right) done(null, { user: account.user });
      else done(new Error('535 wrong'));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
        });
        encrypted.push(session.secure);
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    authorityPem: certificate.authorityPem,
    mails,
    encrypted,
    tried,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
