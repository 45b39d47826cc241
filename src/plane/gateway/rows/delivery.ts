import { utf8 } from '#base/bytes';
import { Problem, problemFrom } from '#base/problem';
import {
  answer,
  backendTag,
  bodyAt,
  createRunFramer,
  messageAt,
  reply,
  type Report,
  type Run,
  tagAt,
} from '#engines/pgwire';
import { microsNow } from '../audit.ts';
import { createCopyMasker } from './copymask.ts';
import { applyEffect, endTransaction } from '../effect.ts';
import { CLIENT_BACKLOG_BYTES_MAX } from '../limits.ts';
import { keysRenewed, type Running } from './reading.ts';
import { encodeRefusal, passReport } from '../refusal.ts';
import type { Expected } from '../replies.ts';
import { maskRows } from './rowmask.ts';
import type { Session } from '../session.ts';
import { redactedText, sqlState, sqlStateOf } from '../sqlstate.ts';

/** What becomes of one message of the source: passed, dropped, replaced; `until` holds it and all behind it back. */
type Verdict =
  | { readonly kind: 'pass' | 'drop' }
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'hold'; readonly until: Promise<void>; readonly bytes: Uint8Array | null };

const pass: Verdict = { kind: 'pass' };
const drop: Verdict = { kind: 'drop' };

/** The way from source to client: messages pass in order, rows in runs, masked where the plan says. */
export type Delivery = { readonly push: (chunk: Uint8Array) => void };

/** A delivery for one session; a message it does not understand or that breaks the plan ends the session. */
export function createDelivery(session: Session): Delivery {
  const framer = createRunFramer();
  const waiting: { run: Run; at: number }[] = [];
  let held = false;
  const pump = (): void => {
    for (let work = waiting[0]; work !== undefined && !held && !session.ended; work = waiting[0]) {
      const stop = deliverRun(session, work);
      if (stop === null) {
        waiting.shift();
        continue;
      }
      held = true;
      session.upstream.pause();
      stop.then(release, (thrown: unknown) => fail(session, thrown));
    }
    if (!held && session.client.backlog() > CLIENT_BACKLOG_BYTES_MAX) {
      held = true;
      session.upstream.pause();
      void session.client.drained().then(release);
    }
  };
  const release = (): void => {
    held = false;
    session.upstream.resume();
    guarded(session, pump);
  };
  return {
    push: (chunk) => {
      if (session.ended) return;
      guarded(session, () => {
        for (const run of framer.push(chunk)) waiting.push({ run, at: 0 });
        pump();
      });
    },
  };
}

function guarded(session: Session, act: () => void): void {
  try {
    act();
  } catch (thrown) {
    fail(session, thrown);
  }
}

function fail(session: Session, thrown: unknown): void {
  const problem = problemFrom(thrown);
  session.end({ kind: 'fatal', problem, sqlState: sqlStateOf(problem.code) });
}

/** Sends on what a run holds from `work.at`; gives a promise where it must wait, having noted where to go on. */
function deliverRun(session: Session, work: { run: Run; at: number }): Promise<void> | null {
  const { run } = work;
  const count = run.starts.length - 1;
  const { socket } = session.client;
  let from = work.at;
  const flush = (to: number): void => {
    if (to > from) session.client.write(run.bytes.subarray(run.starts[from], run.starts[to]));
  };
  socket.cork();
  try {
    for (let at = work.at; at < count; at++) {
      const tag = tagAt(run, at);
      if (tag === backendTag.dataRow || tag === backendTag.copyData) {
        const keys = keysNeeded(session);
        if (keys !== null) {
          flush(at);
          work.at = at;
          return keys;
        }
        const end = rowsEnd(run, at, tag);
        const replaced = deliverRows(session, { run, from: at, to: end, tag });
        if (replaced !== null) {
          flush(at);
          if (replaced.length > 0) session.client.write(replaced);
          from = end;
        }
        at = end - 1;
        continue;
      }
      const verdict = deliverMessage(session, tag, bodyAt(run, at));
      if (session.ended) return null;
      if (verdict.kind === 'pass') continue;
      flush(at);
      from = at + 1;
      if (verdict.kind === 'send') session.client.write(verdict.bytes);
      if (verdict.kind !== 'hold') continue;
      work.at = at + 1;
      const bytes = verdict.bytes ?? messageAt(run, at);
      return verdict.until.then(() => void session.client.write(bytes));
    }
    flush(count);
    return null;
  } finally {
    socket.uncork();
  }
}

/** Settles when the rows that come can be masked; null when they can be now. */
function keysNeeded(session: Session): Promise<void> | null {
  const running = session.replies.running();
  return running?.masked === true ? keysRenewed(running, session.ports) : null;
}

function rowsEnd(run: Run, from: number, tag: number): number {
  let at = from + 1;
  while (at + 1 < run.starts.length && tagAt(run, at) === tag) at++;
  return at;
}

type Rows = { readonly run: Run; readonly from: number; readonly to: number; readonly tag: number };

/** Counts rows and masks them; null when they pass as they are, empty when they are not for the client. */
function deliverRows(session: Session, rows: Rows): Buffer | null {
  const { run, from, to, tag } = rows;
  const expected = session.replies.head();
  if (expected?.take) {
    for (let at = from; at < to; at++) expected.take(tag, bodyAt(run, at));
    return Buffer.alloc(0);
  }
  const running = session.replies.running();
  if (expected === undefined || running === undefined) throw outOfTurn('rows nobody asked for');
  const starts = run.starts.slice(from, to + 1);
  running.rows += to - from;
  running.bytes += (starts[starts.length - 1] ?? 0) - (starts[0] ?? 0);
  if (!running.masked) return null;
  if (!running.checked) throw outOfTurn('rows before their description');
  const bytes = Buffer.from(run.bytes.buffer, run.bytes.byteOffset, run.bytes.byteLength);
  if (tag === backendTag.dataRow) return maskRows({ bytes, starts }, running.masks);
  return maskLines(running, bytes, starts);
}

const COPY_HEADER_BYTES = 5;

function maskLines(running: Running, bytes: Buffer, starts: readonly number[]): Buffer {
  if (running.copy === null) throw outOfTurn('copy lines before their description');
  const bodies = starts
    .slice(1)
    .map((end, i) => bytes.subarray((starts[i] ?? 0) + COPY_HEADER_BYTES, end));
  const lines = running.copy(bodies).map((line) => {
    const header = Buffer.alloc(COPY_HEADER_BYTES);
    header[0] = backendTag.copyData;
    header.writeInt32BE(line.length + 4, 1);
    return Buffer.concat([header, line]);
  });
  return Buffer.concat(lines);
}

function deliverMessage(session: Session, tag: number, body: Uint8Array): Verdict {
  switch (tag) {
    case backendTag.notification:
      return drop;
    case backendTag.parameterStatus:
      return deliverParameter(session, body);
    case backendTag.notice:
      return deliverNotice(session, body);
    case backendTag.error:
      return deliverError(session, body);
    case backendTag.readyForQuery:
      return deliverReady(session, body);
    default: {
      const expected = session.replies.head();
      if (expected === undefined) throw outOfTurn('answer nobody asked for');
      return deliverAnswer(session, expected, { tag, body });
    }
  }
}

function deliverParameter(session: Session, body: Uint8Array): Verdict {
  const { name, value } = answer.decodeParameterStatus(body);
  const pinned = session.pinned.get(name);
  if (pinned !== undefined && pinned !== value) throw outOfTurn('a pinned setting changed');
  return pinned === undefined ? pass : drop;
}

function deliverNotice(session: Session, body: Uint8Array): Verdict {
  const expected = session.replies.head();
  if (expected !== undefined && !expected.shown) return drop;
  const decoded = answer.decodeReport(body);
  // What the source logs about itself names rewritten text, and may come after the statement it is about.
  if (decoded.get('V') === 'LOG' || decoded.get('V')?.startsWith('DEBUG') === true) return drop;
  const passing = expected?.passing ?? { governed: true, positions: false };
  const report = passReport(decoded, passing);
  return { kind: 'send', bytes: reply.encodeReport('notice', report) };
}

/** What a source said of a governed statement goes where it can be looked up under a grant; the client gets our own text. */
function keepHidden({ ports }: Session, report: Report): void {
  const code = report.get('C') ?? sqlState.internal;
  const message = report.get('M') ?? '';
  if (redactedText(code, message) === message && !report.has('D')) return;
  const words = ['M', 'D', 'H', 'W', 'q'].flatMap((letter) => report.get(letter) ?? []);
  ports.onHidden?.({ code, content: utf8(words.join('\n')) });
}

function deliverError(session: Session, body: Uint8Array): Verdict {
  const report = answer.decodeReport(body);
  const expected = session.replies.head();
  const running = session.replies.running();
  const state = report.get('C') ?? sqlState.internal;
  if (expected?.shown !== false) session.verdict = 'rollback';
  const shown = expected === undefined || expected.shown || expected.kind !== 'query';
  const passing = expected?.passing ?? { governed: true, positions: false };
  const own = expected?.refusal ?? null;
  if (own === null && passing.governed) keepHidden(session, report);
  const bytes =
    own !== null && state !== sqlState.failedTransaction
      ? encodeRefusal(own)
      : reply.encodeReport('error', passReport(report, passing));
  session.replies.fail();
  if (report.get('V') === 'FATAL' || report.get('V') === 'PANIC') {
    session.client.end(bytes);
    session.end({ kind: 'quiet' });
    return drop;
  }
  if (!shown) return drop;
  const effect = state === sqlState.cancelled ? 'cancelled' : 'failed';
  return running === undefined
    ? { kind: 'send', bytes }
    : recorded(session, running, { effect, bytes });
}

/** Records how a statement ended; holds its acknowledgement back until that is durable, where settings say so. */
function recorded(
  session: Session,
  running: Running,
  end: { effect: 'allow' | 'failed' | 'cancelled'; bytes: Uint8Array | null },
): Verdict {
  count(session, running, end.effect);
  const { project } = running.reading.rules.acting;
  const projectId = project === null ? null : (session.ports.access()?.project(project) ?? null);
  const { ledgerWait } = session.settings;
  const waits =
    ledgerWait === 'always' || (ledgerWait === 'governed' && running.reading.plan.governed);
  const durable = session.auditor.statement({
    running,
    effect: end.effect,
    project: projectId,
    urgency: waits ? 'now' : 'soon',
  });
  if (waits) return { kind: 'hold', until: durable, bytes: end.bytes };
  durable.catch((thrown: unknown) => fail(session, thrown));
  return end.bytes === null ? pass : { kind: 'send', bytes: end.bytes };
}

function count(session: Session, running: Running, effect: string): void {
  const { meters } = session;
  meters.statements.inc({ effect });
  meters.seconds.observe((microsNow() - running.startedMicros) / 1_000_000);
  if (running.rows > 0) {
    meters.rows.inc(running.rows);
    meters.bytes.inc(running.bytes);
  }
}

function deliverReady(session: Session, body: Uint8Array): Verdict {
  const status = answer.decodeReady(body);
  const expected = session.replies.head();
  if (expected?.kind !== 'query' && expected?.kind !== 'sync') throw outOfTurn('ready out of turn');
  session.status = status;
  if (status === 'I') {
    endTransaction(session, session.verdict);
    session.verdict = 'commit';
  }
  session.replies.complete();
  session.lastActiveMs = session.ports.clock();
  return expected.shown ? pass : drop;
}

type Message = { readonly tag: number; readonly body: Uint8Array };

const simpleAnswers: Readonly<Partial<Record<Expected['kind'], number>>> = {
  parse: backendTag.parseComplete,
  bind: backendTag.bindComplete,
  close: backendTag.closeComplete,
};

function deliverAnswer(session: Session, expected: Expected, message: Message): Verdict {
  const { tag, body } = message;
  expected.take?.(tag, body);
  if (simpleAnswers[expected.kind] === tag) {
    session.replies.complete();
    return expected.shown ? pass : drop;
  }
  switch (tag) {
    case backendTag.parameterDescription:
      if (expected.kind !== 'describe-statement') throw outOfTurn('description out of turn');
      return expected.shown ? pass : drop;
    case backendTag.rowDescription:
    case backendTag.noData:
      return deliverDescription(session, expected, message);
    case backendTag.commandComplete:
    case backendTag.emptyQuery:
    case backendTag.portalSuspended:
      return deliverEnd(session, expected, message);
    case backendTag.copyOut:
      return deliverCopyOut(session, expected, body);
    case backendTag.copyDone:
      return expected.shown ? pass : drop;
    default:
      throw outOfTurn('unknown answer');
  }
}

function deliverDescription(session: Session, expected: Expected, message: Message): Verdict {
  const bytes =
    expected.describe?.(message.tag === backendTag.noData ? null : message.body) ?? null;
  if (expected.kind !== 'query') {
    if (!expected.kind.startsWith('describe')) throw outOfTurn('description out of turn');
    session.replies.complete();
  }
  if (!expected.shown) return drop;
  return bytes === null ? pass : { kind: 'send', bytes };
}

function deliverCopyOut(session: Session, expected: Expected, body: Uint8Array): Verdict {
  const running = session.replies.running();
  const { columns } = answer.decodeCopyOut(body);
  if (running?.plan.kind !== 'copy-out') throw outOfTurn('copy out of turn');
  if (running.masked) {
    if (columns.length !== running.masks.length) throw outOfTurn('copy of other columns');
    running.copy = createCopyMasker(running.plan.copy, running.masks);
    running.checked = true;
  }
  return expected.shown ? pass : drop;
}

/** A statement's result ended: effects happen, the leaf is written, the client hears of it. */
function deliverEnd(session: Session, expected: Expected, message: Message): Verdict {
  const running = session.replies.running();
  const { tag } =
    message.tag === backendTag.commandComplete
      ? answer.decodeCommandTag(message.body)
      : { tag: '' };
  if (running !== undefined) applyEffect(session, running, tag);
  if (expected.kind === 'execute') session.replies.complete();
  else session.replies.nextStatement();
  if (running === undefined) return expected.shown ? pass : drop;
  session.statementCount++;
  const renamed = completionTag(running);
  const bytes = renamed === null ? null : reply.commandComplete(renamed);
  if (running.plan.kind === 'empty') return pass;
  return recorded(session, running, { effect: 'allow', bytes });
}

/** What a statement the gateway answers itself is called when it is done; null where the source's word stands. */
function completionTag(running: Running): string | null {
  const { plan } = running;
  if (plan.answer === 'upstream') return null;
  if (plan.kind === 'show') return 'SHOW';
  if (plan.kind === 'reset') return 'RESET';
  return plan.kind === 'lock' ? 'LOCK TABLE' : null;
}

/** The source did what no PostgreSQL does, or what the plan rules out: the session cannot go on. */
function outOfTurn(what: string): Problem {
  return new Problem('corrupt', `the source broke the protocol: ${what}`);
}
