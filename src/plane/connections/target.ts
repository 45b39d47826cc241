import type { Dispatcher } from 'undici';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { egressDispatcher } from '#plane/egress';
import type { Egress } from '#plane/egress';
import type { Connection, Route } from './connection.ts';
import { ANSWER_BYTES_MAX, TARGETS_KEPT_MAX } from './limits.ts';
import type { Answer, Outgoing } from './message.ts';

/** What the egress knows calls of connections by. */
const EGRESS = { workload: 'connections', purpose: 'connection' } as const;

/** What a connection shows its target: a key in a header, or a certificate. */
export type TargetProof =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly key: Secret }
  | { readonly kind: 'certificate'; readonly chainPem: string; readonly keyPem: Secret };

export type Targets = {
  /**
   * One request to the target of a connection, whole both ways. Throws `denied` where the egress has no rule, `unavailable`
   * where no answer comes in time, and `unsupported` for one that is too large, encoded, or sends us somewhere else.
   */
  send(connection: Connection, proof: TargetProof, call: Call): Promise<Answer>;
  close(): Promise<void>;
};

type Call = { readonly route: Route; readonly request: Outgoing };

/** Opens the way to targets: sockets are kept, of each version of a connection its own. */
export function openTargets(egress: Pick<Egress, 'connect'>, callMs: number): Targets {
  const kept = new Map<string, Dispatcher>();
  const dispatcherOf = (connection: Connection, proof: TargetProof): Dispatcher => {
    const { id, version, authority } = connection;
    const key = `${id} ${version}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    for (const [name, old] of kept) {
      if (!name.startsWith(`${id} `) && kept.size < TARGETS_KEPT_MAX) continue;
      kept.delete(name);
      void old.close();
    }
    const made = egressDispatcher(egress, {
      ...EGRESS,
      tls: {
        ...(authority === null ? {} : { ca: authority }),
        ...(proof.kind === 'certificate'
          ? { cert: proof.chainPem, key: proof.keyPem.reveal() }
          : {}),
      },
      responseBytesMax: ANSWER_BYTES_MAX,
    });
    kept.set(key, made);
    return made;
  };
  return {
    send: (connection, proof, call) =>
      send(dispatcherOf(connection, proof), { connection, proof, callMs }, call),
    async close() {
      await Promise.all([...kept.values()].map((one) => one.destroy()));
      kept.clear();
    },
  };
}

type Terms = {
  readonly connection: Connection;
  readonly proof: TargetProof;
  readonly callMs: number;
};

async function send(
  dispatcher: Dispatcher,
  { connection, proof, callMs }: Terms,
  { route, request }: Call,
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
    const refusal = refusalOf(reply);
    if (refusal !== null) {
      reply.body.on('error', () => undefined).destroy();
      throw refusal;
    }
    const body = new Uint8Array(await reply.body.arrayBuffer());
    return { status: reply.statusCode, headers: textsOf(reply.headers), body };
  } catch (thrown) {
    throw problemOf(thrown, { connection, late: late.aborted, callMs });
  }
}

/** Why an answer is not even read; null when it is. */
function refusalOf({ statusCode, headers }: Dispatcher.ResponseData): Problem | null {
  if (statusCode >= 300 && statusCode < 400) {
    return new Problem(
      'unsupported',
      `the target answered ${statusCode}: redirects are not followed`,
    );
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
  if (late) {
    return new Problem('unavailable', `\`${host}\` gave no whole answer in ${callMs} ms`, {
      hint: 'it may have done what it was asked',
      cause: thrown,
    });
  }
  if (codeOf(thrown) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new Problem(
      'unsupported',
      `the target sent more than ${ANSWER_BYTES_MAX} bytes, and its answer is not passed on`,
    );
  }
  return new Problem('unavailable', `\`${host}\` cannot be called, or broke off`, {
    hint: 'is it running, and does its certificate come from an authority that is believed (`authority`)?',
    cause: thrown,
  });
}

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return String(thrown.code);
}
