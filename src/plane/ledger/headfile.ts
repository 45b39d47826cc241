import { readFile } from 'node:fs/promises';
import { fromHex, hex } from '#base/bytes';
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
  /** The newest head noted, which may not be on disk yet; null when there are no leaves. */
  newest(): Head | null;
  /** Notes a head; it is on disk soon after (`PAUSE_MS` at most and a write), the newest one first. */
  note(head: Head): void;
  /** Resolves when the newest head noted is on disk. */
  settle(): Promise<void>;
};

/** Between two writes: each syncs to disk twice, which costs as much CPU and more of the disk than a commit of the ledger. */
const PAUSE_MS = 100;

/** Keeps the file up to date with at most one write under way; failures go to `onFault` and are tried again at the next note. */
export function keepHead(
  path: string,
  plane: string,
  options: { readonly written: Head; readonly onFault: (problem: Problem) => void },
): HeadKeeper {
  let newest: Head = options.written;
  let written: Head = options.written;
  let running: Promise<void> | null = null;
  let settling = false;
  let wake = (): void => undefined;

  /** Ends early when somebody waits for the file. */
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, settling ? 0 : PAUSE_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function run(): Promise<void> {
    while (newest.size > written.size) {
      const head = newest;
      try {
        await writeHeadFile(path, plane, head);
        written = head;
        await pause();
      } catch (cause) {
        options.onFault(
          new Problem('unavailable', 'ledger head file cannot be written', { cause }),
        );
        break;
      }
    }
    running = null;
  }

  return {
    newest: () => (newest.size > 0 ? newest : null),
    note(head) {
      if (head.size <= newest.size) return;
      newest = head;
      running ??= run();
    },
    async settle() {
      settling = true;
      wake();
      await running;
      if (newest.size > written.size) await (running ??= run());
      settling = false;
    },
  };
}
