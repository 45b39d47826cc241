import type { Dispatcher } from 'undici';
import { concat } from '#base/bytes';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { egressDispatcher } from '#plane/egress';
import type { Egress } from '#plane/egress';
import type { Connection, Route } from './connection.ts';
import {
  ANSWER_BYTES_MAX,
  HELD_BYTES_EACH_MAX,
  HELD_BYTES_MAX,
  TARGETS_KEPT_MAX,
} from './limits.ts';
import type { Answer, Outgoing } from './message.ts';
import { createRoom } from './room.ts';
import type { Room } from './room.ts';

/** What the egress knows calls of connections by. */
const EGRESS = { workload: 'connections', purpose: 'connection' } as const;

/** What a connection shows its target: a key in a header, or a certificate. */
export type TargetProof =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly key: Secret }
  | { readonly kind: 'certificate'; readonly chainPem: string; readonly keyPem: Secret };

export type Targets = {
  /** What may be held of requests and answers at once. */
  readonly room: Room;
  /**
   * One request to the target of a connection, whole both ways. Throws `denied` where the egress has no rule and `unavailable`
   * where no connection comes about; whatever goes wrong once bytes may have left is `unsupported`, for no status of ours
   * may have it sent again: no whole answer in time, one that is too large, encoded, or sends us somewhere else.
   */
  send(connection: Connection, proof: TargetProof, call: Call): Promise<Answer>;
  /** Ends what is kept of a connection once nobody uses it, its key with it. */
  drop(id: string): void;
  close(): Promise<void>;
};

type Call = {
  readonly route: Route;
  readonly request: Outgoing;
  /** Takes the room for a piece of the answer; throws where there is none. */
  readonly take: (sizeBytes: number) => void;
};

/** Opens the way to targets: sockets are kept, of each version of a connection its own. */
export function openTargets(egress: Pick<Egress, 'connect'>, callMs: number): Targets {
  const kept = new Map<string, Kept>();
  const room = createRoom({ max: HELD_BYTES_MAX, eachMax: HELD_BYTES_EACH_MAX });
  const drop = (id: string): void => {
    void kept.get(id)?.dispatcher.close();
    kept.delete(id);
  };
  const dispatcherOf = (connection: Connection, proof: TargetProof): Dispatcher => {
    const { id, version } = connection;
    const known = kept.get(id);
    if (known?.version === version) return known.dispatcher;
    drop(id);
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size >= TARGETS_KEPT_MAX) drop(oldest);
    const dispatcher = dispatcherFor(egress, connection, proof);
    kept.set(id, { version, dispatcher });
    return dispatcher;
  };
  return {
    room,
    send: (connection, proof, call) =>
      send(dispatcherOf(connection, proof), { connection, proof, callMs }, call),
    drop,
    async close() {
      await Promise.all([...kept.values()].map(({ dispatcher }) => dispatcher.destroy()));
      kept.clear();
    },
  };
}

type Kept = { readonly version: number; readonly dispatcher: Dispatcher };

function dispatcherFor(
  egress: Pick<Egress, 'connect'>,
  { authority }: Connection,
  proof: TargetProof,
): Dispatcher {
  return egressDispatcher(egress, {
    ...EGRESS,
    tls: {
      ...(authority === null ? {} : { ca: authority }),
      ...(proof.kind === 'certificate' ? { cert: proof.chainPem, key: proof.keyPem.reveal() } : {}),
    },
    responseBytesMax: ANSWER_BYTES_MAX,
  });
}

type Terms = {
  readonly connection: Connection;
  readonly proof: TargetProof;
  readonly callMs: number;
};

async function send(
  dispatcher: Dispatcher,
  { connection, proof, callMs }: Terms,
  { route, request, take }: Call,
): Promise<Answer> {
  const { base, keyHeader } = connection;
  const late = AbortSignal.timeout(callMs);
  try {
    const reply = await dispatcher.request({
      origin: base.origin,
      path: request.path,
      method: route.method,
      headers: {
        ...request.headers,
        'accept-encoding': 'identity',
        'user-agent': 'privet',
        ...(proof.kind === 'key' ? { [keyHeader]: proof.key.reveal() } : {}),
      },
      body: request.body,
      headersTimeout: callMs,
      bodyTimeout: callMs,
      signal: late,
    });
    const refusal = refusalOf(reply, route);
    if (refusal !== null) {
      reply.body.on('error', () => undefined).destroy();
      throw refusal;
    }
    const body = await whole(reply.body, take);
    return { status: reply.statusCode, headers: textsOf(reply.headers), body };
  } catch (thrown) {
    throw problemOf(thrown, { connection, late: late.aborted, callMs });
  }
}

async function whole(
  pieces: AsyncIterable<Uint8Array>,
  take: (sizeBytes: number) => void,
): Promise<Uint8Array> {
  const taken: Uint8Array[] = [];
  for await (const piece of pieces) {
    take(piece.length);
    taken.push(piece);
  }
  return concat(...taken);
}

/** Why an answer is not even read; null when it is. */
function refusalOf(
  { statusCode, headers }: Dispatcher.ResponseData,
  { answer }: Route,
): Problem | null {
  if (statusCode < 200 || statusCode >= 600) {
    return new Problem('unsupported', `the target answered ${statusCode}, which is no status`);
  }
  if (statusCode >= 300 && statusCode < 400) {
    return new Problem(
      'unsupported',
      `the target answered ${statusCode}: redirects are not followed`,
    );
  }
  const twice = answer.headers.find(
    ({ name, act }) => act.kind !== 'keep' && Array.isArray(headers[name]),
  );
  if (twice !== undefined) {
    return new Problem('unsupported', `the target sent its header \`${twice.name}\` twice`);
  }
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity' || encoding === '') return null;
  return new Problem(
    'unsupported',
    'the target sent its answer compressed, which was not asked for',
  );
}

function textsOf(headers: Dispatcher.ResponseData['headers']) {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), [value].flat().join(', ')]],
    ),
  );
}

function problemOf(
  thrown: unknown,
  about: { readonly connection: Connection; readonly late: boolean; readonly callMs: number },
): Problem {
  if (thrown instanceof Problem) return thrown;
  const { connection, late, callMs } = about;
  const { host } = connection.base;
  const code = codeOf(thrown);
  if (BEFORE_SENDING.test(code) && !code.includes('ALERT')) {
    return new Problem('unavailable', `\`${host}\` has a certificate that is not believed`, {
      hint: 'name the authority it comes from in `authority`, if it is not one of those of the system',
      cause: thrown,
    });
  }
  const what = late
    ? `gave no whole answer in ${callMs} ms`
    : code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
      ? `sent more than ${ANSWER_BYTES_MAX} bytes`
      : 'broke off';
  return new Problem('unsupported', `\`${host}\` ${what}`, {
    hint: 'it may have done what it was asked',
    cause: thrown,
  });
}

/** What goes wrong while a connection comes about: nothing was sent. */
const BEFORE_SENDING = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME/u;

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return String(thrown.code);
}
