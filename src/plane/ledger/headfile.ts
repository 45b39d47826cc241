import { readFile } from 'node:fs/promises';
import { equalConstantTime, fromHex, hex } from '#base/bytes';
import { Problem } from '#base/problem';
import { check, shapes } from '#boundary';
import type { Head } from './chain.ts';
import { writeDurably } from './durablefile.ts';

const FORMAT = 'privet-ledger-head/v1';

/**
 * What is kept beside the database: how far the ledger went when it was last written, so that a tail cut off while
 * the plane was down (a restored backup, a deleted row) is seen at the next start. It lags by the leaves of the last
 * moment before a crash: cutting exactly those is not seen here, but by the heads control was sent.
 */
const shape = shapes.record({
  format: shapes.oneOf(FORMAT),
  plane: shapes.name(64),
  size: shapes.count(),
  chain: shapes.sha256Hex(),
});

/** Anything longer is not a head file. */
const FILE_BYTES_MAX = 1_024;

/** The head in the file, null when there is no file; throws `corrupt` for anything else. */
export async function readHeadFile(path: string, plane: string): Promise<Head | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new Problem('unavailable', 'ledger head file cannot be read', { cause: error });
  });
  if (text === null) return null;
  const head = parsed(text);
  if (head.plane !== plane) {
    throw new Problem('corrupt', `ledger head file expected plane \`${plane}\`, got another`);
  }
  return { size: head.size, chain: fromHex(head.chain) };
}

function parsed(text: string) {
  try {
    return check(shape, JSON.parse(text.slice(0, FILE_BYTES_MAX)) as unknown, 'head file');
  } catch (cause) {
    throw new Problem('corrupt', 'ledger head file expected a ledger head', { cause });
  }
}

/** Writes the head in place of the old one. */
function writeHeadFile(path: string, plane: string, head: Head): Promise<void> {
  const { size } = head;
  const text = JSON.stringify({ format: FORMAT, plane, size, chain: hex(head.chain) });
  return writeDurably(path, `${text}\n`);
}

export type HeadKeeper = {
  /** The newest head known, which may not be on disk yet; null when there are no leaves. */
  newest(): Head | null;
  /** Throws `corrupt` once the database was seen to hold something else than the newest head known: nothing may hide that. */
  requireWhole(): void;
  /** Notes a durable head; it is on disk soon after (`PAUSE_MS` at most and a write), the newest one first. */
  note(head: Head): void;
  /** Notes that a transaction will make the ledger this long, if it commits: the database is asked until it has, or has not. */
  expect(size: number): void;
  /** Resolves when the newest head noted is on disk. */
  settle(): Promise<void>;
};

/** What the keeper knows the database by. */
export type HeadSource = {
  /** How far the ledger goes now. */
  readonly read: () => Promise<Head>;
  /** Whether the ledger holds that head. */
  readonly holds: (head: Head) => Promise<boolean>;
};

/** Between two writes: each syncs to disk twice, which costs as much CPU and more of the disk than a commit of the ledger. */
const PAUSE_MS = 100;
/** A transaction that has not committed after so long has not; the next leaf tells otherwise. */
const COMMIT_MS_MAX = 60_000;

/**
 * Keeps the file up to date with at most one write under way; failures go to `onFault` and are tried again at the next note. No
 * head takes the place of another that the database does not hold any more.
 */
export function keepHead(
  path: string,
  plane: string,
  options: {
    readonly written: Head;
    readonly source: HeadSource;
    readonly onFault: (problem: Problem) => void;
  },
): HeadKeeper {
  const { source, onFault } = options;
  /** What this process was told, what it has seen itself in the database, and what is on disk. */
  let newest: Head = options.written;
  let seen: Head = options.written;
  let written: Head = options.written;
  let expected = { size: 0, untilMs: 0 };
  let damage: Problem | null = null;
  let running: Promise<void> | null = null;
  const pause = createPause();

  const isBehind = () => damage === null && newest.size > written.size;
  const isExpecting = () =>
    damage === null && expected.size > newest.size && performance.now() < expected.untilMs;
  const step = async (): Promise<boolean> => {
    try {
      const head = await source.read();
      // What was told may be of a fork already: what was seen is looked for first.
      const lost = await firstLost(source, [seen, newest]);
      if (head.size < seen.size || lost !== null) {
        const had = (lost ?? seen).size;
        damage = damaged(`ledger expected the ${had} leaves it had, got others or fewer`);
        onFault(damage);
        return false;
      }
      seen = head;
      if (head.size > newest.size) newest = head;
      if (head.size > written.size) await writeHeadFile(path, plane, head);
      written = head;
      return true;
    } catch (cause) {
      onFault(new Problem('unavailable', 'ledger head file cannot be written', { cause }));
      return false;
    }
  };
  const run = async (): Promise<void> => {
    do {
      const isWell = await step();
      await pause.wait();
      if (!isWell) break;
    } while (isBehind() || (isExpecting() && !pause.isHurried()));
    running = null;
  };
  return {
    newest: () => (newest.size > 0 ? newest : null),
    requireWhole() {
      if (damage !== null) throw damage;
    },
    note(head) {
      if (damage !== null || (head.size === newest.size && isSame(head, newest))) return;
      // A shorter one than is known is looked into, not believed.
      if (head.size > newest.size) newest = head;
      running ??= run();
    },
    expect(size) {
      expected = { size, untilMs: performance.now() + COMMIT_MS_MAX };
      running ??= run();
    },
    async settle() {
      const rest = pause.hurry();
      await running;
      if (isBehind() || isExpecting()) await (running ??= run());
      rest();
    },
  };
}

/** The first of these that the database does not hold; null when it holds them all. */
async function firstLost(source: HeadSource, heads: readonly Head[]): Promise<Head | null> {
  for (const head of heads) if (!(await source.holds(head))) return head;
  return null;
}

/** The pause between two writes, which ends early, and is none, while somebody waits for the file. */
function createPause() {
  let waiting = 0;
  let wake = (): void => undefined;
  return {
    isHurried: () => waiting > 0,
    wait: () =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waiting > 0 ? 0 : PAUSE_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    /** Gives what ends the hurry. */
    hurry(): () => void {
      waiting += 1;
      wake();
      return () => void (waiting -= 1);
    },
  };
}

function isSame(left: Head, right: Head): boolean {
  return equalConstantTime(left.chain, right.chain);
}

export function damaged(message: string): Problem {
  return new Problem('corrupt', message, {
    hint: 'the plane database is older than its head file, or was changed: restore the newer one, or move the head file away and keep it as evidence',
  });
}
