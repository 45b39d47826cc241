import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Problem } from '#base/problem';
import { BATCH_LEAVES_MAX } from './limits.ts';
import type { Sink } from './sink.ts';

const NEWLINE = 10;
/** Backwards from the end of the file: a line is at most as long as an entry with its details and what is put around it. */
const TAIL_BYTES = 1024 * 1024;
const MODE = 0o600;

/**
 * A line a leaf, appended to a file and synced before the position moves on. The file is opened anew for each batch, so that
 * it can be moved away (logrotate). A line that a crash or a full disk left unfinished is cut off before the next is written.
 */
export function fileSink(path: string): Sink {
  return {
    place: `file ${path}`,
    leavesMax: BATCH_LEAVES_MAX,
    patienceMs: 0,
    async send({ items }) {
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
      const file = await open(path, flags, MODE).catch(refuse);
      try {
        const end = await wholeEnd(file);
        await file.truncate(end);
        const lines = Buffer.from(items.map(({ text }) => `${text}\n`).join(''), 'latin1');
        await writeAll(file, lines, end);
        await file.datasync();
      } catch (error) {
        refuse(error);
      } finally {
        await file.close();
      }
    },
    close: () => Promise.resolve(),
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, at + written);
    written += bytesWritten;
  }
}

/** A read may give less than it was asked for; a file that ends before the bytes are full was cut by somebody else. */
async function readAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, at + read);
    if (bytesRead === 0) throw new Problem('conflict', 'the file of an export was cut meanwhile');
    read += bytesRead;
  }
}

/** Where the last whole line ends. */
async function wholeEnd(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const tail = Buffer.alloc(size - from);
  await readAll(file, tail, from);
  const last = tail.lastIndexOf(NEWLINE);
  if (last >= 0) return from + last + 1;
  if (from === 0) return 0;
  throw new Problem('conflict', 'the file of an export holds something else than lines', {
    hint: 'give the export a file of its own',
  });
}

function refuse(cause: unknown): never {
  if (cause instanceof Problem) throw cause;
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? 'unknown';
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) {
    throw new Problem('limit', 'the disk of an export is full', {
      hint: 'make room; leaves wait in the ledger and follow by themselves',
      cause,
    });
  }
  throw new Problem('unavailable', `the file of an export cannot be written (${code})`, { cause });
}
