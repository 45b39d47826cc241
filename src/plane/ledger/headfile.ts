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
  /** Notes a head; it is on disk soon after, the newest one first. */
  note(head: Head): void;
  /** Resolves when the newest head noted is on disk. */
  settle(): Promise<void>;
};

/** Keeps the file up to date with at most one write under way; failures go to `onFault` and are tried again at the next note. */
export function keepHead(
  path: string,
  plane: string,
  options: { readonly written: Head; readonly onFault: (problem: Problem) => void },
): HeadKeeper {
  let newest: Head = options.written;
  let written: Head = options.written;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (newest.size > written.size) {
      const head = newest;
      try {
        await writeHeadFile(path, plane, head);
        written = head;
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
    note(head) {
      if (head.size <= newest.size) return;
      newest = head;
      running ??= run();
    },
    async settle() {
      await running;
      if (newest.size > written.size) await (running ??= run());
    },
  };
}
