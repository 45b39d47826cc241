import { createServer, type Server, type Socket } from 'node:net';
import { Problem, problemFrom } from '#base/problem';
import { microsNow } from './audit.ts';
import { createCancelKeys } from './cancel.ts';
import type { Connected } from './connected.ts';
import type { GatewayContext } from './context.ts';
import { addressOf, admit, RefusedEntry } from './entry.ts';
import { PENDING_LOGINS_MAX, PENDING_LOGINS_PER_ADDRESS_MAX, SWEEP_MS } from './limits.ts';
import { createLockout } from './lockout.ts';
import { createMeters } from './rows/meter.ts';
import { type Authenticated, type LoginReason, openSession, Unwelcome, welcome } from './open.ts';
import { openVaultSession } from './vault/vaultopen.ts';
import { createPlanCache } from './planning/plancache.ts';
import { createPlanning } from './planning/planning.ts';
import { type PlanThread, startPlanThread } from './planning/planthread.ts';
import type { GatewayPorts } from './port.ts';
import { encodeRefusal, refusalOf } from './refusal.ts';
import { serverTls } from './upstream/servertls.ts';
import type { GatewaySettings } from './settings.ts';
import { sqlState, sqlStateOf } from './sqlstate.ts';

export type GatewayOptions = {
  readonly settings: GatewaySettings;
  readonly ports: GatewayPorts;
  /** PEM texts of the certificate chain and its key; null leaves only plain connections on this machine. */
  readonly certificate: { readonly certificate: string; readonly key: string } | null;
};

/** A listening gateway. */
export type Gateway = {
  readonly address: { readonly host: string; readonly port: number };
  readonly connections: () => number;
  /** Shows another certificate from the next handshake on; sessions that stand are not touched. Throws `invalid`. */
  readonly useCertificate: (pem: NonNullable<GatewayOptions['certificate']>) => void;
  /** Ends all sessions, then stops. */
  readonly close: () => Promise<void>;
};

const SECRET_BYTES = 32;

/** Opens the gateway; throws `unavailable` when its address cannot be had, `invalid` for settings that contradict. */
export function openGateway(options: GatewayOptions): Promise<Gateway> {
  return openWith(options, startPlanThread(options.settings.planMillisecondsMax));
}

/** The same with a planner of the caller's. */
export async function openWith(options: GatewayOptions, thread: PlanThread): Promise<Gateway> {
  const { ports, settings } = options;
  if (options.certificate === null && settings.plaintext === 'never') {
    throw new Problem('invalid', 'gateway expected a certificate, got none', {
      hint: 'set gateway.tlsCertificateFile and gateway.tlsKeyFile',
    });
  }
  let tls = options.certificate === null ? null : serverTls(options.certificate);
  const context: GatewayContext = {
    ports,
    settings,
    planning: createPlanning(thread, createPlanCache(settings.planCacheBytesMax)),
    cancelKeys: createCancelKeys(ports),
    lockout: createLockout(ports.clock),
    meters: createMeters(ports.metrics),
    tls: () => tls,
    secret: ports.random(SECRET_BYTES),
    sessions: new Set(),
    vaultHeld: { bytes: 0 },
  };
  const pending = new Set<Socket>();
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    socket.on('error', () => undefined);
    if (crowded(pending, addressOf(socket))) {
      socket.destroy();
      return;
    }
    pending.add(socket);
    void receive(socket, context, () => pending.delete(socket));
  });
  const { host, port } = await listen(server, settings.listen);
  const sweeper = setInterval(() => sweep(context, thread.replaced()), SWEEP_MS);
  sweeper.unref();
  return {
    address: { host, port },
    connections: () => context.sessions.size,
    useCertificate: (pem) => {
      tls = serverTls(pem);
    },
    close: async () => {
      clearInterval(sweeper);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of pending) socket.destroy();
      for (const session of context.sessions) endForShutdown(session);
      await Promise.all([closed, thread.close()]);
    },
  };
}

/** Whether too many connections are between accept and log-in, in all or from one address. */
function crowded(pending: ReadonlySet<Socket>, address: string): boolean {
  if (pending.size >= PENDING_LOGINS_MAX) return true;
  if (pending.size < PENDING_LOGINS_PER_ADDRESS_MAX) return false;
  const same = [...pending].filter((socket) => addressOf(socket) === address).length;
  return same >= PENDING_LOGINS_PER_ADDRESS_MAX;
}

function endForShutdown(session: Connected): void {
  const problem = new Problem('unavailable', 'the gateway is shutting down');
  session.end({ kind: 'fatal', problem, sqlState: sqlState.shutdown });
}

function listen(server: Server, at: string): Promise<{ host: string; port: number }> {
  const found = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/u.exec(at);
  if (found === null)
    throw new Problem('invalid', `gateway.listen expected host:port, got \`${at}\``);
  const host = found[1] ?? found[2] ?? '';
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Problem('unavailable', `cannot listen on \`${at}\``, { cause })),
    );
    server.listen(Number(found[3]), host, () => {
      const bound = server.address();
      resolve({ host, port: bound !== null && typeof bound === 'object' ? bound.port : 0 });
    });
  });
}

/** Takes one connection from accept to its end; nothing thrown leaves this function. */
async function receive(
  socket: Socket,
  context: GatewayContext,
  entered: () => void,
): Promise<void> {
  try {
    const entry = await admit(socket, context);
    entered();
    if (entry.kind === 'cancel') {
      context.cancelKeys.use({ ...entry, address: addressOf(socket) });
      socket.destroy();
      return;
    }
    await enter(entry, context);
  } catch (thrown) {
    entered();
    if (thrown instanceof RefusedEntry) refuseEntry(thrown, context);
    else socket.destroy();
  }
}

async function enter(entry: Authenticated, context: GatewayContext): Promise<void> {
  const { ports, lockout, settings, sessions } = context;
  const user = entry.startup.parameters.get('user') ?? '';
  lockout.succeeded(user, addressOf(entry.socket));
  try {
    if (sessions.size >= settings.connectionsMax) {
      const problem = new Problem('limit', `connections above ${settings.connectionsMax}`);
      throw new Unwelcome(problem, 'rate-limited', sqlState.tooManyConnections);
    }
    const admitted = await welcome(entry, context);
    const { subject, place, view } = admitted;
    await ports.record({
      kind: 'login',
      actor: { kind: 'subject', id: subject.id },
      session: null,
      door: 'gateway',
      method: methodOf(entry),
      token: entry.credential.token,
      address: addressOf(entry.socket) || null,
      system: place.kind === 'system' ? { id: place.system.id, name: place.system.name } : null,
      bundleSerial: view.serial,
    });
    tellLogin(entry, context, 'ok');
    if (place.kind === 'vault')
      await openVaultSession(entry, { ...admitted, place: place.vault }, context);
    else await openSession(entry, { ...admitted, system: place.system }, context);
  } catch (thrown) {
    const reason = thrown instanceof Unwelcome ? thrown.reason : 'protocol';
    const problem = thrown instanceof Unwelcome ? thrown.problem : problemFrom(thrown);
    const state = thrown instanceof Unwelcome ? thrown.sqlState : stateOf(problem);
    // A mistake of whoever connects is told to them; its text quotes what they wrote, which may be a password in the wrong place.
    const error = OURS.has(problem.code) ? problem : undefined;
    ports.log.warn('gateway log-in refused', {
      reason,
      sqlState: state,
      code: problem.code,
      error,
    });
    entry.socket.end(encodeRefusal(refusalOf(problem, state), 'FATAL'));
    if (thrown instanceof Unwelcome)
      await recordRefusal(context, { entry, reason, address: addressOf(entry.socket) });
  }
}

/** Problems of this side: the log says all there is about them. */
const OURS: ReadonlySet<Problem['code']> = new Set(['unavailable', 'corrupt', 'internal']);

function stateOf(problem: Problem): string {
  return problem.code === 'unavailable' ? sqlState.connectionFailure : sqlStateOf(problem.code);
}

function methodOf(
  entry: Pick<Authenticated, 'credential' | 'plus'>,
): 'token' | 'scram' | 'scram-plus' {
  if (entry.credential.token !== null) return 'token';
  return entry.plus ? 'scram-plus' : 'scram';
}

/** Answers and records a log-in that did not prove a password. */
function refuseEntry(refused: RefusedEntry, context: GatewayContext): void {
  const { problem, credential, socket } = refused;
  const address = addressOf(socket);
  const wrong = problem.code === 'unauthenticated';
  const state = wrong ? sqlState.wrongPassword : sqlStateOf(problem.code);
  if (problem.code === 'unavailable') socket.destroy();
  else socket.end(encodeRefusal(refusalOf(problem, state), 'FATAL'));
  setTimeout(() => socket.destroy(), SWEEP_MS).unref();
  if (credential === null) {
    context.meters.logins.inc({ outcome: refused.limited ? 'rate-limited' : 'protocol' });
    return;
  }
  const reason = wrong ? (credential.subject === null ? 'unknown' : 'bad-credential') : 'protocol';
  void recordRefusal(context, { entry: { credential, plus: false }, reason, address }).catch(
    (thrown: unknown) => context.ports.log.error('log-in refusal not recorded', { error: thrown }),
  );
}

type Refused = {
  readonly entry: Pick<Authenticated, 'credential' | 'plus'>;
  readonly reason: LoginReason;
  readonly address: string;
};

async function recordRefusal(context: GatewayContext, refused: Refused): Promise<void> {
  const { entry, reason, address } = refused;
  const { subject } = entry.credential;
  if (reason === 'unknown' || reason === 'bad-credential') {
    context.lockout.failed(entry.credential.user, address);
  }
  context.meters.logins.inc({ outcome: reason });
  tellLogin(entry, context, reason);
  await context.ports.record({
    kind: 'login-refused',
    actor: subject === null ? { kind: 'unknown' } : { kind: 'subject', id: subject.id },
    session: null,
    door: 'gateway',
    method: entry.credential.real ? methodOf(entry) : 'none',
    address: address || null,
    reason,
    bundleSerial: context.ports.access()?.serial ?? 0,
  });
}

function tellLogin(
  entry: Pick<Authenticated, 'credential' | 'plus'>,
  context: GatewayContext,
  reason: LoginReason | 'ok',
): void {
  if (reason === 'ok') context.meters.logins.inc({ outcome: 'ok' });
  context.ports.tell({
    kind: 'login',
    timeMs: context.ports.clock(),
    door: 'gateway',
    outcome: reason === 'ok' ? 'accepted' : 'refused',
    method: methodOf(entry),
    subject: entry.credential.subject?.id ?? null,
    reason: reason === 'no-tls' || reason === 'no-system' ? 'protocol' : reason,
  });
}

/** Ends sessions that lie idle too long and cancels statements that run too long. */
function sweep(context: GatewayContext, replaced: number): void {
  const { meters, sessions, settings, ports } = context;
  meters.plannerReplaced.set(replaced);
  for (const session of sessions) {
    const activity = session.activity();
    if (activity.kind === 'running') cancelOverlong(session, activity.startedMicros, settings);
    else if (ports.clock() - activity.sinceMs >= settings.idleSecondsMax * 1_000) {
      endIdle(session, settings);
    }
  }
}

function cancelOverlong(
  session: Connected,
  startedMicros: number | null,
  { statementSecondsMax }: GatewaySettings,
): void {
  if (startedMicros === null) return;
  if (microsNow() - startedMicros > statementSecondsMax * 1_000_000) session.cancel();
}

function endIdle(session: Connected, { idleSecondsMax }: GatewaySettings): void {
  const problem = new Problem('limit', `session was idle longer than ${idleSecondsMax} s`);
  session.end({ kind: 'fatal', problem, sqlState: sqlState.idleTimeout });
}
