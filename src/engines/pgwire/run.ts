import { concat } from '#base/bytes';
import { Problem } from '#base/problem';
import { BACKEND_BYTES_MAX } from './limits.ts';

/** Whole messages lying one after the other: message i is `bytes[starts[i] .. starts[i + 1])`. */
export type Run = { readonly bytes: Uint8Array; readonly starts: readonly number[] };

/** Cuts a server's byte stream into runs without copying what already lies whole in a chunk. */
export type RunFramer = { readonly push: (chunk: Uint8Array) => readonly Run[] };

const HEADER_BYTES = 5;

/**
 * A framer for the streaming path: at most two runs a chunk, one for the message that was split, one for the rest.
 * `push` throws `invalid` or `limit` for a length no server sends.
 */
export function createRunFramer(bytesMax: number = BACKEND_BYTES_MAX): RunFramer {
  let parts: Uint8Array[] = [];
  let held = 0;
  let wanted = 0;
  const complete = (chunk: Uint8Array): { run: Run | null; used: number } => {
    let used = 0;
    while (held < wanted && used < chunk.length) {
      const piece = chunk.subarray(used, used + wanted - held);
      parts.push(piece);
      held += piece.length;
      used += piece.length;
      if (held === HEADER_BYTES && wanted === HEADER_BYTES) {
        parts = [concat(...parts)];
        wanted = sizeAt(parts[0] ?? chunk, 0, bytesMax);
      }
    }
    if (held < wanted) return { run: null, used };
    const bytes = concat(...parts);
    parts = [];
    held = 0;
    wanted = 0;
    return { run: { bytes, starts: [0, bytes.length] }, used };
  };
  const hold = (rest: Uint8Array): void => {
    parts = [rest];
    held = rest.length;
    wanted = rest.length < HEADER_BYTES ? HEADER_BYTES : sizeAt(rest, 0, bytesMax);
  };
  return {
    push: (chunk) => {
      const { run: first, used } =
        held > 0 ? complete(chunk) : { run: null as Run | null, used: 0 };
      const body = chunk.subarray(used);
      const starts = whole(body, bytesMax);
      const end = starts[starts.length - 1] ?? 0;
      if (end < body.length) hold(body.subarray(end));
      const runs = first === null ? [] : [first];
      if (starts.length > 1) runs.push({ bytes: body, starts });
      return runs;
    },
  };
}

/** Starts of the whole messages of a chunk, and where the last one ends. */
function whole(bytes: Uint8Array, bytesMax: number): number[] {
  const starts = [0];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const end = at + sizeAt(bytes, at, bytesMax);
    if (end > bytes.length) break;
    starts.push(end);
    at = end;
  }
  return starts;
}

function sizeAt(bytes: Uint8Array, at: number, bytesMax: number): number {
  const length =
    ((bytes[at + 1] ?? 0) << 24) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 8) |
    (bytes[at + 4] ?? 0);
  if (length < 4) throw new Problem('invalid', 'server message expected a length of at least 4');
  if (length + 1 > bytesMax) throw new Problem('limit', `server message above ${bytesMax} bytes`);
  return length + 1;
}

/** The tag of message `index` of a run. */
export function tagAt(run: Run, index: number): number {
  return run.bytes[run.starts[index] ?? 0] ?? 0;
}

/** All of message `index` of a run. */
export function messageAt(run: Run, index: number): Uint8Array {
  return run.bytes.subarray(run.starts[index] ?? 0, run.starts[index + 1] ?? 0);
}

/** What follows tag and length in message `index` of a run. */
export function bodyAt(run: Run, index: number): Uint8Array {
  return run.bytes.subarray((run.starts[index] ?? 0) + HEADER_BYTES, run.starts[index + 1] ?? 0);
}
