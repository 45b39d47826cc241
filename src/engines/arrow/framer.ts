import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import { rootTable, undamaged } from './flatread.ts';
import { BODY_BYTES_MAX, METADATA_BYTES_MAX } from './limits.ts';

/** A whole message of a stream: its header and what belongs to it. */
export type ArrowMessage = {
  readonly kind: 'schema' | 'dictionary' | 'batch';
  readonly metadata: Uint8Array<ArrayBuffer>;
  readonly body: Uint8Array<ArrayBuffer>;
};

/** Cuts a stream into messages, and reads no more of them than how long they are. */
type ArrowFramer = {
  /** The messages that ended in this piece; throws `invalid` for what is no Arrow stream, `limit` for a message that is too large. */
  push(bytes: Uint8Array): readonly ArrowMessage[];
  /** Throws `invalid` where the stream ends inside of a message. */
  end(): void;
};

const CONTINUATION = 0xff_ff_ff_ff;
const KINDS = [null, 'schema', 'dictionary', 'batch'] as const;
/** Messages begin with their mark and the size of their header. */
const PREFIX_BYTES = 8;
/** MetadataVersion V4 and V5: they differ in unions only, which are refused. */
const VERSIONS = [3, 4];

type Expected =
  | { readonly part: 'prefix' }
  | { readonly part: 'metadata'; readonly sizeBytes: number }
  | {
      readonly part: 'body';
      readonly sizeBytes: number;
      readonly kind: ArrowMessage['kind'];
      readonly metadata: Uint8Array<ArrayBuffer>;
    }
  | { readonly part: 'nothing' };

export function createArrowFramer(): ArrowFramer {
  /** What there is of the part that is expected, in one buffer however small the pieces were. */
  let held = new Uint8Array();
  let heldBytes = 0;
  let expected: Expected = { part: 'prefix' };

  function hold(bytes: Uint8Array, sizeBytes: number): void {
    const needed = heldBytes + bytes.length;
    if (needed > held.length) {
      const larger = new Uint8Array(Math.min(sizeBytes, Math.max(needed, 2 * held.length)));
      larger.set(held.subarray(0, heldBytes));
      held = larger;
    }
    held.set(bytes, heldBytes);
    heldBytes = needed;
  }
  /** The whole part, in memory of its own: it is handed on. */
  function taken(sizeBytes: number): Uint8Array<ArrayBuffer> {
    const part = held.length === sizeBytes ? held : new Uint8Array(held.subarray(0, sizeBytes));
    [held, heldBytes] = [new Uint8Array(), 0];
    return part;
  }
  function step(part: Uint8Array<ArrayBuffer>): ArrowMessage | null {
    switch (expected.part) {
      case 'nothing':
        throw new Problem('invalid', 'the Arrow stream goes on behind its end');
      case 'prefix': {
        const sizeBytes = metadataBytes(part);
        expected = sizeBytes === 0 ? { part: 'nothing' } : { part: 'metadata', sizeBytes };
        return null;
      }
      case 'metadata':
        expected = { part: 'body', metadata: part, ...undamaged(() => headOf(part)) };
        return null;
      case 'body': {
        const { kind, metadata } = expected;
        expected = { part: 'prefix' };
        return { kind, metadata, body: part };
      }
      default:
        return unreachable(expected);
    }
  }
  return {
    push(bytes) {
      const messages: ArrowMessage[] = [];
      let at = 0;
      for (;;) {
        const sizeBytes = sizeOf(expected);
        const missing = sizeBytes - heldBytes;
        hold(bytes.subarray(at, at + missing), sizeBytes);
        if (missing > bytes.length - at) return messages;
        at += missing;
        const message = step(taken(sizeBytes));
        if (message !== null) messages.push(message);
      }
    },
    end() {
      if (heldBytes > 0 || expected.part === 'metadata' || expected.part === 'body')
        throw new Problem('invalid', 'the Arrow stream ends inside of a message');
    },
  };
}

function sizeOf(expected: Expected): number {
  if (expected.part === 'prefix') return PREFIX_BYTES;
  return expected.part === 'nothing' ? 1 : expected.sizeBytes;
}

function metadataBytes(prefix: Uint8Array): number {
  const view = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES);
  if (view.getUint32(0, true) !== CONTINUATION) {
    throw new Problem('invalid', 'expected a message of an Arrow stream', {
      hint: 'send the stream format of Arrow 0.15 or later: a file of Arrow (Feather) is another format',
    });
  }
  const sizeBytes = view.getInt32(4, true);
  if (sizeBytes < 0) throw new Problem('invalid', 'the header of an Arrow message is damaged');
  if (sizeBytes <= METADATA_BYTES_MAX) return sizeBytes;
  throw new Problem(
    'limit',
    `header of an Arrow message too large: limit ${METADATA_BYTES_MAX} bytes`,
  );
}

function headOf(metadata: Uint8Array): {
  readonly kind: ArrowMessage['kind'];
  readonly sizeBytes: number;
} {
  const message = rootTable(metadata);
  if (!VERSIONS.includes(message.int16(0, 0)))
    throw new Problem('unsupported', 'an Arrow message expected metadata of version 4 or 5');
  const kind = KINDS[message.int8(1, 0)] ?? null;
  if (kind === null) {
    throw new Problem('unsupported', 'an Arrow stream expected a schema, dictionaries and batches');
  }
  const sizeBytes = message.int64(3, 0);
  if (sizeBytes < 0) throw new RangeError('a body has a negative size');
  if (sizeBytes <= BODY_BYTES_MAX) return { kind, sizeBytes };
  throw new Problem('limit', `Arrow batch too large: limit ${BODY_BYTES_MAX} bytes`, {
    hint: 'write smaller batches: in pyarrow `write_table(table, max_chunksize=10000)`',
  });
}
