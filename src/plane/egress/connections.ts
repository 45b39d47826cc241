import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { hash } from 'node:crypto';
import type { Clock } from '#base/clock';
import type { Id } from '#base/ids';
import type { Ledger, LeafBody } from '#plane/ledger';
import { PROGRESS_MS, REVIEW_MS } from './limits.ts';
import { createMeter } from './meter.ts';
import type { Meter, Moved } from './meter.ts';
import type { Rule, Target } from './rule.ts';
import type { RuleBook } from './rulebook.ts';

/** A connection as people see it. */
export type OpenConnection = Moved & {
  readonly id: Id<'cnx'>;
  readonly rule: string;
  readonly workload: string;
  readonly purpose: string;
  readonly host: string;
  readonly port: number;
  readonly address: string | null;
  readonly openedAtMs: number;
};

type Outcome = LeafBody<'egress-closed'>['outcome'];

type Taken = {
  readonly id: Id<'cnx'>;
  readonly rule: Rule;
  readonly target: Target;
  readonly socket: Socket;
  readonly address: string | null;
};

type Held = Taken & {
  readonly meter: Meter;
  readonly openedAtMs: number;
  told: { atMs: number; bytes: number };
  outcome: Outcome;
  peer: string | null;
};

export type ConnectionsSettings = {
  readonly ledger: Pick<Ledger, 'write'>;
  readonly clock: Clock;
  readonly rules: Pick<RuleBook, 'live'>;
  readonly onFault: (cause: unknown) => void;
};

export type Connections = {
  take(taken: Taken): void;
  list(): readonly OpenConnection[];
  close(): Promise<void>;
};

/** TLS over a connection of ours finds here what counts it. */
const heldBySocket = new WeakMap<Socket, Held>();

/** Tells what counts a connection that TLS goes over it from now. */
export function watchTls(plain: Socket, secure: TLSSocket): void {
  const held = heldBySocket.get(plain);
  if (held === undefined) return;
  held.meter.watch(secure);
  heldBySocket.set(secure, held);
  secure.once('secureConnect', () => {
    const { raw } = secure.getPeerCertificate();
    held.peer = raw === undefined ? null : hash('sha256', raw);
  });
}

/** Holds every open connection against the rules, and writes how far each came and how it ended. */
export function createConnections(settings: ConnectionsSettings): Connections {
  const { clock, rules, onFault } = settings;
  const open = new Map<Id<'cnx'>, Held>();
  const scribe = createScribe(settings);
  let timer: NodeJS.Timeout | undefined;
  let reviewing = false;

  function take(taken: Taken): void {
    const held = heldFrom(taken, clock());
    open.set(taken.id, held);
    taken.socket.once('close', () => finish(held));
    if (taken.socket.closed) finish(held);
    timer ??= setInterval(() => void review(), REVIEW_MS).unref();
  }

  function finish(held: Held): void {
    if (open.delete(held.id)) scribe.write(closed(held, clock()));
  }

  async function review(): Promise<void> {
    if (reviewing || open.size === 0) return;
    reviewing = true;
    try {
      const live = await rules.live([...new Set([...open.values()].map(({ rule }) => rule.id))]);
      for (const held of open.values()) {
        if (!live.has(held.rule.id)) end(held, 'rule-ended');
        else if (hasNews(held, clock())) scribe.write(continues(held));
      }
    } catch (cause) {
      // The rules cannot be read: what is open stays, and nothing new can open.
      onFault(cause);
    } finally {
      reviewing = false;
    }
  }

  return {
    take,
    list: () => [...open.values()].map(viewOf),
    async close() {
      clearInterval(timer);
      for (const held of open.values()) {
        end(held, 'stopped');
        finish(held);
      }
      await scribe.settle();
    },
  };
}

function heldFrom(taken: Taken, nowMs: number): Held {
  const { socket } = taken;
  const meter = createMeter(socket);
  const told = { atMs: nowMs, bytes: 0 };
  const held: Held = { ...taken, meter, openedAtMs: nowMs, told, outcome: 'ended', peer: null };
  meter.watch(socket);
  heldBySocket.set(socket, held);
  socket.on('error', () => {
    if (held.outcome === 'ended') held.outcome = 'failed';
  });
  return held;
}

function end(held: Held, outcome: Outcome): void {
  held.outcome = outcome;
  held.socket.destroy();
}

/** Whether an hour has passed and something has moved since the ledger last heard of a connection. */
function hasNews(held: Held, nowMs: number): boolean {
  if (nowMs - held.told.atMs < PROGRESS_MS) return false;
  const { bytesIn, bytesOut } = held.meter.read();
  const news = bytesIn + bytesOut !== held.told.bytes;
  held.told = { atMs: nowMs, bytes: bytesIn + bytesOut };
  return news;
}

const actor = { kind: 'plane' } as const;

function continues({ id, meter }: Held): LeafBody<'egress-continues'> {
  return { kind: 'egress-continues', actor, connection: id, ...meter.read() };
}

function closed(held: Held, nowMs: number): LeafBody<'egress-closed'> {
  const { id: connection, meter, outcome, peer } = held;
  const durationMicros = Math.max(0, nowMs - held.openedAtMs) * 1000;
  const moved = meter.read();
  return { kind: 'egress-closed', actor, connection, ...moved, durationMicros, outcome, peer };
}

function viewOf({ id, rule, target, address, openedAtMs, meter }: Held): OpenConnection {
  const { workload, host, port } = target;
  const { id: ruleId, purpose } = rule;
  const place = { workload, purpose, host, port, address };
  return { id, rule: ruleId, ...place, openedAtMs, ...meter.read() };
}

/** Writes leaves that nobody waits for, and waits for them at the end. */
function createScribe({ ledger, onFault }: Pick<ConnectionsSettings, 'ledger' | 'onFault'>) {
  const writing = new Set<Promise<unknown>>();
  return {
    write(leaf: LeafBody): void {
      const written = ledger.write(leaf, 'soon').catch(onFault);
      writing.add(written);
      void written.finally(() => writing.delete(written));
    },
    settle: () => Promise.all(writing),
  };
}
