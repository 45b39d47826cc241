import { sized } from '#base/assert';
import { Problem, problemFrom } from '#base/problem';
import { KEY_BYTES } from '#engines/crypto';
import type { KeyContext, KeyProvider } from '#platform/kms';
import type { WrappedKey } from './keytable.ts';
import type { KeyRecorder } from './record.ts';

export type BrokerSettings = {
  readonly provider: KeyProvider;
  readonly formerProviders?: readonly KeyProvider[];
  /** The plane's id, part of what a data key is wrapped for. */
  readonly plane: string;
  readonly record: KeyRecorder;
  /**
   * Resolves when the leaf of that index is under a checkpoint of the log (witnessed, where policy says so), rejects when
   * it does not come to be; left out, a durable leaf is enough.
   */
  readonly covered?: (index: number) => Promise<unknown>;
};

/** Which data key. */
export type KeyName = { readonly scope: string; readonly version: number };

/**
 * The one place that asks a key service for a data key (a rule of the house keeps it so): only for a request whose leaf
 * the log covers already, and each request that comes to nothing gets a leaf that says so.
 */
export type Broker = {
  /** Names the key at the service that wraps. */
  readonly provider: string;
  /** The data key as it may be kept; the key itself stays the caller's to zero. */
  wrap(key: Uint8Array, name: KeyName): Promise<Uint8Array>;
  /** The data key itself, for the caller to zero. */
  unwrap(row: WrappedKey): Promise<Uint8Array>;
  /** Why the service that wraps does not serve now, or null when it did the last time it was asked. */
  fault(): Problem | null;
};

/** After a service failed it is left alone this long: whoever waits for it meanwhile gets the same answer at once. */
const REST_MS = 500;

export function createBroker(settings: BrokerSettings): Broker {
  const { provider, formerProviders = [], plane, record } = settings;
  const services = [provider, ...formerProviders].map(createService);
  const [first] = services;
  const contextOf = ({ scope, version }: KeyName): KeyContext => ({
    plane,
    scope,
    version: String(version),
  });
  return {
    provider: provider.name,
    wrap: async (key, name) =>
      serviceOf(services, provider.name).ask((asked) => asked.wrap(key, contextOf(name))),
    async unwrap(row) {
      const { scope, version } = row;
      const service = serviceOf(services, row.provider);
      service.refuseWhileResting();
      const leaf = { actor: { kind: 'plane' }, scope, version } as const;
      const { index } = await record({ kind: 'key-unwrapped', ...leaf }, null);
      try {
        await settings.covered?.(index);
        const key = await service.ask((asked) => asked.unwrap(row.wrapped, contextOf(row)));
        return sized(key, KEY_BYTES, 'data key');
      } catch (thrown) {
        const { code } = problemFrom(thrown);
        // the refusal stands without its leaf, too
        await record({ kind: 'key-refused', ...leaf, request: index, code }, null).catch(
          () => null,
        );
        throw thrown;
      }
    },
    fault: () => first?.fault() ?? null,
  };
}

/** A key service, and what became of asking it. */
type Service = {
  readonly name: string;
  ask<T>(work: (provider: KeyProvider) => Promise<T>): Promise<T>;
  refuseWhileResting(): void;
  fault(): Problem | null;
};

function createService(provider: KeyProvider): Service {
  let failed: { readonly problem: Problem; readonly untilMs: number } | null = null;
  const refuseWhileResting = () => {
    if (failed !== null && performance.now() < failed.untilMs) throw failed.problem;
  };
  return {
    name: provider.name,
    refuseWhileResting,
    async ask(work) {
      refuseWhileResting();
      try {
        const answer = await work(provider);
        failed = null;
        return answer;
      } catch (thrown) {
        const problem = problemFrom(thrown);
        // bytes that do not open say nothing of the service
        if (problem.code !== 'corrupt') failed = { problem, untilMs: performance.now() + REST_MS };
        throw problem;
      }
    },
    fault: () => failed?.problem ?? null,
  };
}

/** Rows of before key services had names say `file` alone. */
function serviceOf(services: readonly Service[], name: string): Service {
  const service = services.find(
    (one) => one.name === name || (name === 'file' && one.name.startsWith('file/')),
  );
  if (service !== undefined) return service;
  throw new Problem('unavailable', `a data key was wrapped by \`${name}\`, which is not set`, {
    hint: 'put its address into `keys.formerServices`',
  });
}
