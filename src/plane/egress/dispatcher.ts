import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import { Agent } from 'undici';
import type { buildConnector, Dispatcher } from 'undici';
import { Problem } from '#base/problem';
import { addressOf, classOf } from '#platform/http';
import type { Egress } from './egress.ts';
import { CONNECT_MS_MAX } from './limits.ts';
import type { Target } from './rule.ts';
import { startTls } from './tls.ts';
import type { TlsWish } from './tls.ts';

export type DispatcherWish = Pick<Target, 'workload' | 'purpose'> & {
  readonly tls?: Pick<TlsWish, 'ca' | 'cert' | 'key'>;
  /** A longer answer fails; whoever asks knows what can come. */
  readonly responseBytesMax: number;
  /** Connections to one server at once; as many as are asked for when left out. */
  readonly connectionsMax?: number;
};

/**
 * For `request` and `fetch` of undici: every connection they make is one of the egress, so that each step of a redirect
 * needs its rule. Plain HTTP is refused but to this machine itself. The caller closes it.
 */
export function egressDispatcher(
  egress: Pick<Egress, 'connect'>,
  wish: DispatcherWish,
): Dispatcher {
  const { responseBytesMax, connectionsMax } = wish;
  const connect = callbackify((options: buildConnector.Options) => open(egress, { wish, options }));
  return new Agent({
    connect: (options, done) =>
      connect(options, (error: Error | null, socket) =>
        error === null ? done(null, socket) : done(error, null),
      ),
    maxResponseSize: responseBytesMax,
    ...(connectionsMax === undefined ? {} : { connections: connectionsMax }),
  });
}

type Asked = { readonly wish: DispatcherWish; readonly options: buildConnector.Options };

async function open(egress: Pick<Egress, 'connect'>, { wish, options }: Asked): Promise<Socket> {
  const { workload, purpose } = wish;
  const secure = options.protocol === 'https:';
  const host = options.hostname.replace(/^\[(?<inner>.*)\]$/u, '$<inner>');
  if (!secure && !isLoopback(host)) {
    throw new Problem('denied', 'egress expected https, got plain http');
  }
  const port = options.port === '' ? (secure ? 443 : 80) : Number(options.port);
  const plain = await egress.connect({ workload, purpose, host, port });
  return secure ? secured(plain, host, wish.tls ?? {}) : plain;
}

function isLoopback(host: string): boolean {
  const address = addressOf(host);
  return host === 'localhost' || (address !== null && classOf(address) === 'loopback');
}

function secured(plain: Socket, host: string, wish: TlsWish): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = startTls(plain, host, { ...wish, ALPNProtocols: ['http/1.1'] });
    const timer = setTimeout(() => failed(new Error('no TLS in time')), CONNECT_MS_MAX);
    const failed = (cause: Error): void => {
      clearTimeout(timer);
      secure.on('error', () => undefined);
      secure.destroy();
      reject(cause);
    };
    secure.once('error', failed);
    secure.once('secureConnect', () => {
      clearTimeout(timer);
      secure.off('error', failed);
      resolve(secure);
    });
  });
}
