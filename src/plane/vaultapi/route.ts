import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problem } from '#base/problem';
import type { ProblemCode } from '#base/problem';
import type { Permission } from '#boundary';
import { databaseProblem } from '#platform/db';
import { mountRoute } from '#platform/http';
import type { Arrived, Given, HttpServer, Method, RouteShape } from '#platform/http';
import type { VaultCaller, VaultSchema } from '#plane/vault';
import { openDecisionLog } from './decisions/decisionlog.ts';
import type { DecisionLog } from './decisions/decisionlog.ts';
import { guestOf, requireNetwork, requirePermission } from './callers/guest.ts';
import type { Guest } from './callers/guest.ts';
import { addressOf } from './callers/network.ts';
import { ownPartOf } from './ownvaults.ts';
import type { VaultRoom } from './room.ts';
import { callerOf, rulingsOf } from './ruling.ts';
import type { Rulings } from './ruling.ts';

/** Two thousand a second from one address: SDKs send one request for each token (v1), in parallel. */
const REQUESTS_PER_MINUTE_MAX = 120_000;
/** A batch of some thousand records. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Who may call: whoever a policy lets, or whoever has a permission of Privet itself. */
export type VaultNeed =
  | { readonly kind: 'policy' }
  /** As the route itself says and checks. */
  | { readonly kind: 'said'; readonly need: string }
  | { readonly kind: 'permission'; readonly anyOf: readonly Permission[] };

/** One request that was let in, with its checked input. */
export type VaultCall<P, Q, B> = {
  readonly room: VaultRoom;
  readonly guest: Guest;
  /** How the vault writes the caller into the ledger. */
  readonly caller: VaultCaller;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly reply: FastifyReply;
  readonly request: FastifyRequest;
  readonly requestId: string;
  readonly header: (name: string) => string | null;
  /** What the request asked policy so far. */
  readonly log: DecisionLog;
  /** Writes the leaf of a refusal when one of the problems is one: for parts of a request that fail by themselves. */
  noteDenied(problems: readonly Problem[]): Promise<void>;
  /** The vault of that id with what is decided about it; throws `not-found`. */
  open(vault: string): Promise<{ readonly schema: VaultSchema; readonly rulings: Rulings }>;
};

export type VaultRouteSpec<P, Q, B, R> = Omit<RouteShape<P, Q, B, R>, 'prefix' | 'area'> & {
  readonly operation: string;
  readonly need: VaultNeed;
  /** Says who a request comes from, where it is not proved in `authorization`. */
  readonly guest?: (room: VaultRoom, request: FastifyRequest) => Promise<Guest>;
  readonly handle: (call: VaultCall<P, Q, B>) => Promise<Given<R>>;
};

export type VaultRoute = {
  readonly method: Method;
  readonly path: string;
  readonly operation: string;
  readonly need: VaultNeed;
  mount(server: HttpServer, room: VaultRoom): void;
};

export const POLICY: VaultNeed = { kind: 'policy' };

export function permission(...anyOf: readonly Permission[]): VaultNeed {
  return { kind: 'permission', anyOf };
}

/** A route of the vault's API. What is denied is a leaf, whoever asked for it. */
export function vaultRoute<P = unknown, Q = unknown, B = unknown, R = undefined>(
  spec: VaultRouteSpec<P, Q, B, R>,
): VaultRoute {
  const { method, path, operation, need, guest: whose = guestOf } = spec;
  return {
    method,
    path,
    operation,
    need,
    mount: (server, room) => {
      mountRoute<Guest, P, Q, B, R>(server, {
        shape: {
          perMinute: REQUESTS_PER_MINUTE_MAX,
          bodyBytesMax: BODY_BYTES_MAX,
          ...spec,
          area: 'vault',
          prefix: '',
        },
        credential: whose === guestOf ? 'bearer' : 'none',
        need: describeNeed(need),
        admit: async (request) => {
          const guest = await whose(room, request);
          const refusal = refusalOf(room, { guest, operation, request, decisions: () => [] });
          return noting(refusal, async () => {
            requireNetwork(guest, request.ip);
            if (need.kind === 'permission') requirePermission(guest, need.anyOf);
            return guest;
          });
        },
        handle: (arrived) => {
          const { guest, request, reply } = arrived;
          const log = openDecisionLog(room.decisions, 'vault', (ids) => nameDecisions(reply, ids));
          const refusal = refusalOf(room, { guest, operation, request, decisions: log.ids });
          const handle = async () => {
            try {
              return await spec.handle(callOf(room, arrived, { refusal, log }));
            } catch (thrown) {
              throw withPurpose(guest, thrown);
            }
          };
          if (need.kind !== 'policy' || NAMES_NO_TABLE.has(operation)) {
            return noting(refusal, handle, log);
          }
          return noting(refusal, () => alike(room, arrived, handle), log).catch(
            (thrown: unknown) => {
              // Which decisions there were tells what there is to decide about.
              if (thrown instanceof Strange) void reply.removeHeader(DECISION_HEADER);
              throw thrown;
            },
          );
        },
        problemOf: databaseProblem,
      });
    },
  };
}

/** A purpose that no document declares has everything refused: that is said beside the reason, since it may be a slip of the pen. */
function withPurpose({ purpose, access }: Guest, thrown: unknown): unknown {
  if (!(thrown instanceof Problem) || thrown.code !== 'denied' || purpose === null) return thrown;
  if (access.bundle.purposes.some(({ name }) => name === purpose)) return thrown;
  const unknown = `purpose \`${purpose}\` is not known: a policy document of kind Purpose declares one`;
  const hint = thrown.hint === undefined ? unknown : `${unknown}; ${thrown.hint}`;
  return new Problem('denied', thrown.message, { hint, cause: thrown });
}

/**
 * What a request came to, and for whoever has neither role nor right in the vault one refusal, whatever of it they named: so that they
 * cannot list its tables. Said afterwards, since a canary raises the alarm whoever names it.
 */
async function alike<T>(
  room: VaultRoom,
  { guest, params }: { readonly guest: Guest; readonly params: unknown },
  handle: () => Promise<T>,
): Promise<T> {
  try {
    return await handle();
  } catch (thrown) {
    const tells = thrown instanceof Problem && TELLING.includes(thrown.code);
    const { data } = namesVault.safeParse(params);
    if (!tells || data === undefined) throw thrown;
    const schema = await room.vaults.schema(data.vault).catch(() => null);
    if (schema === null || ownPartOf(guest, schema, room.clock()) !== null) throw thrown;
    throw new Strange(thrown);
  }
}

/** The one refusal for whoever has nothing in a vault. */
class Strange extends Problem {
  constructor(cause: Problem) {
    const hint = 'ask for a role in it, or say which purpose or ticket this is for';
    super('denied', 'nothing of this vault is yours to use', { hint, cause });
  }
}

/** Tokens say nothing of the tables they are of: one refusal, with one decision, there already is. */
const NAMES_NO_TABLE: ReadonlySet<string> = new Set(['detokenize', 'detokenizeStream']);
const TELLING: readonly ProblemCode[] = ['denied', 'not-found', 'invalid'];
const namesVault = z.object({ vault: z.string() });

function describeNeed(need: VaultNeed): string {
  if (need.kind === 'said') return need.need;
  if (need.kind === 'policy') return 'needs a vault policy or role that allows it';
  return `needs permission ${need.anyOf.map((one) => `\`${one}\``).join(' or ')}`;
}

type Asked = {
  readonly guest: Guest;
  readonly operation: string;
  readonly request: FastifyRequest;
  /** Ids of the decisions that refused it. */
  readonly decisions: () => readonly string[];
};

/** Writes that the request was refused; once, however often it is called. */
type Refusal = { readonly note: () => Promise<void> };

/** In the header of an answer: which decisions it hung on. */
export const DECISION_HEADER = 'x-privet-decision';

function nameDecisions(reply: FastifyReply, ids: readonly string[]): void {
  if (!reply.sent) void reply.header(DECISION_HEADER, ids.join(', '));
}

function refusalOf(room: VaultRoom, { guest, operation, request, decisions }: Asked): Refusal {
  let isNoted = false;
  const note = async (): Promise<void> => {
    if (isNoted) return;
    isNoted = true;
    await room.ledger.write({
      kind: 'access-refused',
      actor: { kind: 'subject', id: guest.subject.id },
      session: request.id,
      operation,
      code: 'denied',
      address: addressOf(request.ip),
      decisions: decisions(),
    });
  };
  return { note };
}

async function noting<T>(
  refusal: Refusal,
  act: () => Promise<T>,
  log: DecisionLog | null = null,
): Promise<T> {
  try {
    const answer = await act();
    log?.settle('done');
    return answer;
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'denied') {
      log?.refused(thrown);
      await refusal.note();
    }
    log?.settle('failed');
    throw thrown;
  }
}

function callOf<P, Q, B>(
  room: VaultRoom,
  arrived: Arrived<Guest, P, Q, B>,
  { refusal, log }: { readonly refusal: Refusal; readonly log: DecisionLog },
): VaultCall<P, Q, B> {
  const { guest, params, query, body, request, reply } = arrived;
  return {
    room,
    guest,
    caller: callerOf(guest, request.id),
    params,
    query,
    body,
    reply,
    request,
    requestId: request.id,
    header: (name) => {
      const value = request.headers[name];
      return typeof value === 'string' && value !== '' ? value : null;
    },
    log,
    noteDenied: async (problems) => {
      const denied = problems.filter(({ code }) => code === 'denied');
      for (const problem of denied) log.refused(problem);
      if (denied.length > 0) await refusal.note();
    },
    open: async (vault) => {
      const schema = await room.vaults.schema(vault);
      return { schema, rulings: rulingsOf(guest, schema, { nowMs: room.clock(), log }) };
    },
  };
}
