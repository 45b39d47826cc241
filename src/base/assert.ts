import { Problem } from './problem.ts';

/** Throws `internal` when an invariant of ours does not hold; never for a user's input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Problem('internal', `assertion failed: ${message}`);
}

/** Marks a branch that a closed union makes impossible; throws `internal` if it is reached after all. */
export function unreachable(value: never): never {
  throw new Problem('internal', `unexpected case: ${typeof value}`);
}

/** The value when it is present; throws `internal` naming `label` when it is not. */
export function present<T>(value: T | null | undefined, label: string): T {
  if (value === null || value === undefined) {
    throw new Problem('internal', `${label} expected a value, got none`);
  }
  return value;
}

/** The bytes when there are exactly `sizeBytes`; throws `invalid` with label, expected and got. */
export function sized(bytes: Uint8Array, sizeBytes: number, label: string): Uint8Array {
  if (bytes.length !== sizeBytes) {
    throw new Problem('invalid', `\`${label}\` expected ${sizeBytes} bytes, got ${bytes.length}`);
  }
  return bytes;
}
