import { createHash } from 'node:crypto';
import { Problem, problemFrom } from '#base/problem';
import { reply } from '#engines/pgwire';
import type { LeafBody } from '#plane/ledger';
import { createAuditor } from './audit.ts';
import { openChannel } from './upstream/channel.ts';
import type { GatewayContext } from './context.ts';
import { createDelivery } from './rows/delivery.ts';
import type { Entry } from './entry.ts';
import {
  pinnedOf,
  reportedTo,
  upstreamParameters,
  wishesOf,
  type StartupWishes,
} from './parameter.ts';
import type { AccessView, GatewayPorts, GatewaySubject, SourceSystem, VaultPlace } from './port.ts';
import { encodeRefusal, refusalOf } from './refusal.ts';
import { createReplies } from './replies.ts';
import { createClientInbox, serve } from './serve.ts';
import { noBundle, type Session, staleBundle } from './session.ts';
import { sqlState } from './sqlstate.ts';
import { cancelUpstream, connectUpstream, type UpstreamConnection } from './upstream/upstream.ts';
import { createVirtualSettings } from './virtual.ts';

export type Authenticated = Extract<Entry, { kind: 'authenticated' }>;

/** Who has come in and where they want to go, all of it checked. */
export type Admitted = {
  readonly subject: GatewaySubject;
  readonly view: AccessView;
  readonly place: Place;
  readonly wishes: StartupWishes;
};

/** What a database name means. */
type Place =
  | { readonly kind: 'system'; readonly system: SourceSystem }
  | { readonly kind: 'vault'; readonly vault: VaultPlace };

export type LoginReason = Extract<LeafBody, { kind: 'login-refused' }>['reason'];

/** Why a person with the right password is not let in. */
export class Unwelcome extends Error {
  readonly problem: Problem;
  readonly reason: LoginReason;
  readonly sqlState: string;

  constructor(problem: Problem, reason: LoginReason, state: string) {
    super(problem.message);
    this.problem = problem;
    this.reason = reason;
    this.sqlState = state;
  }
}

/** Checks a proven person against bundle, limits and sources; throws `Unwelcome`. */
export async function welcome(entry: Authenticated, context: GatewayContext): Promise<Admitted> {
  const { ports, settings, sessions } = context;
  const view = ports.access();
  const { subject } = entry.credential;
  if (view === null) throw new Unwelcome(noBundle(), 'stale-bundle', sqlState.cannotConnectNow);
  if (view.expiresAtMs <= ports.clock()) {
    throw new Unwelcome(staleBundle(), 'stale-bundle', sqlState.cannotConnectNow);
  }
  if (subject === null)
    throw new Unwelcome(new Problem('internal', 'nobody'), 'unknown', sqlState.wrongPassword);
  if (subject.state !== 'active') {
    const problem = new Problem('denied', `account \`${subject.name}\` is ${subject.state}`, {
      hint: 'ask a user administrator',
    });
    throw new Unwelcome(problem, subject.state, sqlState.wrongAuthorization);
  }
  const mine = [...sessions].filter((session) => session.subject.id === subject.id).length;
  if (mine >= settings.connectionsPerSubjectMax) {
    const limit = settings.connectionsPerSubjectMax;
    const problem = new Problem('limit', `connections of one account above ${limit}`);
    throw new Unwelcome(problem, 'rate-limited', sqlState.tooManyConnections);
  }
  const wishes = wishesOf(entry.startup.parameters);
  return { subject, view, place: await placeOf(ports, wishes.database), wishes };
}

/** A source system goes before a vault of the same name, which can still be meant by its id. */
async function placeOf({ sources, vaults }: GatewayPorts, name: string): Promise<Place> {
  const system = await sources.system(name);
  if (system !== undefined) return { kind: 'system', system };
  const vault = await vaults.find(name);
  if (vault !== undefined) return { kind: 'vault', vault };
  const problem = new Problem(
    'not-found',
    `source system \`${name.slice(0, 63)}\` does not exist`,
    {
      hint: 'connect with the name of a registered source system, or of a vault, as database name',
    },
  );
  throw new Unwelcome(problem, 'no-system', sqlState.noSuchDatabase);
}

type AtSystem = Omit<Admitted, 'place'> & { readonly system: SourceSystem };

/** Opens the connection to the source for an admitted person and serves them until they leave. */
export async function openSession(
  entry: Authenticated,
  admitted: AtSystem,
  context: GatewayContext,
): Promise<void> {
  const { system, wishes } = admitted;
  const statementMsMax = context.settings.statementSecondsMax * 1_000;
  const address = await context.ports.sources.address(system.name);
  const parameters = upstreamParameters(wishes, statementMsMax);
  const source = await connectUpstream(context.ports.connect, address, parameters);
  const pinned = pinnedOf(source.parameters);
  const { session, inbox } = assemble({ entry, admitted, context, source, pinned });
  context.sessions.add(session);
  context.meters.connections.set(context.sessions.size);
  const release = greet(session, { entry, source, context });
  try {
    await serve(session, inbox);
  } finally {
    release();
    context.sessions.delete(session);
    context.meters.connections.set(context.sessions.size);
  }
}

type Parts = {
  readonly entry: Authenticated;
  readonly admitted: AtSystem;
  readonly context: GatewayContext;
  readonly source: UpstreamConnection;
  readonly pinned: ReadonlyMap<string, string>;
};

function assemble(parts: Parts): { session: Session; inbox: ReturnType<typeof createClientInbox> } {
  const { entry, admitted, context, source, pinned } = parts;
  const { ports, settings } = context;
  const { subject, system, wishes } = admitted;
  const inbox = createClientInbox(settings.messageBytesMax, entry.socket);
  const id = createHash('sha256').update(ports.random(32)).digest('hex').slice(0, 24);
  const client = openChannel(entry.socket, { data: inbox.push, close: inbox.close });
  const upstream = openChannel(source.socket, {
    data: (chunk) => delivery.push(chunk),
    close: () => lost(session),
  });
  const who = { session: id, subject: subject.id, system: { id: system.id, name: system.name } };
  const session: Session = {
    id,
    subject: { id: subject.id, name: subject.name },
    token: entry.credential.token,
    systemName: system.name,
    ports,
    settings,
    planning: context.planning,
    auditor: createAuditor(ports, who),
    meters: context.meters,
    client,
    upstream,
    virtual: createVirtualSettings(wishes.virtual),
    replies: createReplies(),
    statements: new Map(),
    portals: new Map(),
    sqlStatements: new Map(),
    cursors: new Map(),
    barriers: new Map(),
    tentative: new Set(),
    pinned,
    system,
    rules: null,
    planFacts: null,
    fence: source.parameters.get('in_hot_standby') === 'on' ? 'offset' : 'temp-view',
    status: 'I',
    queried: false,
    unsettledEffects: 0,
    lastName: 0,
    segment: 0,
    verdict: 'commit',
    statementCount: 0,
    lastActiveMs: ports.clock(),
    ended: false,
    handling: false,
    cancelled: false,
    activity: () => {
      if (session.replies.size() === 0) return { kind: 'idle', sinceMs: session.lastActiveMs };
      return { kind: 'running', startedMicros: session.replies.running()?.startedMicros ?? null };
    },
    cancel: () => {
      if (session.handling && session.replies.size() === 0) session.cancelled = true;
      cancelUpstream(source).catch((thrown: unknown) => {
        ports.log.warn('cancel did not reach the source', { error: problemFrom(thrown) });
      });
    },
    end: (reason) => endSession(session, inbox, reason),
  };
  const delivery = createDelivery(session);
  return { session, inbox };
}

function lost(session: Session): void {
  if (session.ended) return;
  const problem = new Problem('unavailable', 'the source closed the connection');
  session.end({ kind: 'fatal', problem, sqlState: sqlState.connectionFailure });
}

function endSession(
  session: Session,
  inbox: { readonly close: () => void },
  reason: Parameters<Session['end']>[0],
): void {
  if (session.ended) return;
  session.ended = true;
  if (reason.kind === 'fatal') {
    session.ports.log.warn('gateway session ended by a problem', {
      connection: session.id,
      sqlState: reason.sqlState,
      error: reason.problem,
    });
    session.client.end(encodeRefusal(refusalOf(reason.problem, reason.sqlState), 'FATAL'));
  } else {
    session.client.end();
  }
  // Not a polite Terminate: a statement may still be running, and its socket going away stops it.
  session.upstream.destroy();
  session.replies.abandon();
  inbox.close();
}

/** Tells the client that it is in; gives what forgets its cancel key. */
function greet(
  session: Session,
  from: { entry: Authenticated; source: UpstreamConnection; context: GatewayContext },
): () => void {
  const { entry, source, context } = from;
  const keyBytes = entry.startup.minor >= 2 ? 32 : 4;
  const { processId, key, release } = context.cancelKeys.issue(keyBytes, session.cancel);
  const searchPath = session.virtual.values().search_path;
  session.client.write(reply.authenticationOk);
  for (const [name, value] of reportedTo(
    { name: session.subject.name, searchPath },
    source.parameters,
  )) {
    session.client.write(reply.parameterStatus(name, value));
  }
  session.client.write(reply.backendKeyData(processId, key));
  session.client.write(reply.readyForQuery('I'));
  session.client.resume();
  session.upstream.resume();
  return release;
}
