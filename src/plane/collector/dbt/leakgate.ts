import type { FactOf } from '#boundary';
import type { Digester } from '../digest.ts';
import type { ObserveFault } from '../fault.ts';

/**
 * What of texts of others may be told: names that have the form of a name, labels that are known or stood for, messages
 * as a fault and a digest. Everything else is left out; there is no way through for free text.
 */
export type TextGate = {
  readonly digest: Digester;
  /** Names control knows anyhow: its people and groups, and what the operator lists. */
  readonly known: ReadonlySet<string>;
};

const LABEL = /^[\p{L}\p{N}_.:/@#+-]{1,128}$/u;
const WORD = /^[A-Za-z][A-Za-z0-9_.+-]{0,62}$/u;
const LABELS_MAX = 50;
const OWNER_DIGITS = 16;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu;

/** Tags: those with the form of one. */
export function tagsFrom(tags: readonly string[]): readonly string[] {
  return [...new Set(tags.filter((tag) => LABEL.test(tag)))].slice(0, LABELS_MAX);
}

/** Owners: those control knows by their name; others as `@` and 16 digits of a keyed digest, for it may be an address. */
export async function ownersFrom(
  gate: TextGate,
  owners: readonly string[],
): Promise<readonly string[]> {
  const all = [...new Set(owners.flatMap((text) => text.split(',')).map((text) => text.trim()))]
    .filter((text) => text !== '')
    .slice(0, LABELS_MAX);
  const unknown = all.filter((owner) => !gate.known.has(owner) || !LABEL.test(owner));
  const digests = await gate.digest(unknown.map((owner) => JSON.stringify(['owner', owner])));
  const standIn = new Map(
    unknown.map((owner, at) => [owner, `@${(digests[at] ?? '').slice(0, OWNER_DIGITS)}`]),
  );
  return all.map((owner) => standIn.get(owner) ?? owner);
}

/** A word of a closed vocabulary that may grow, such as a materialization; null for what is none. */
export function wordFrom(text: string | null): string | null {
  return text !== null && WORD.test(text) ? text : null;
}

/** A name on one line, cut to its limit; null for none. */
export function nameFrom(text: string | null, bytesMax = 256): string | null {
  if (text === null || !text.isWellFormed()) return null;
  const line = text.replaceAll(CONTROL, ' ').trim();
  if (line === '') return null;
  return Buffer.byteLength(line) <= bytesMax ? line : line.slice(0, Math.floor(bytesMax / 4));
}

export type ToldMessage = Pick<FactOf<'test-results'>['results'][number], 'fault' | 'message'>;

const FAULTS: readonly (readonly [RegExp, ObserveFault])[] = [
  [/duplicate key|unique constraint|duplicate row/iu, 'duplicate-key'],
  [/timed? ?out|statement timeout|canceling statement/iu, 'timed-out'],
  [/permission denied|not authorized|access denied|insufficient privilege/iu, 'missing-privilege'],
  [
    /column .*(?:does not exist|not found|invalid)|invalid (?:column|identifier)/iu,
    'missing-column',
  ],
  [/(?:relation|table|view|object|schema) .*(?:does not exist|not found)/iu, 'missing-table'],
  [/violates|constraint/iu, 'constraint'],
  [
    /invalid input syntax|cannot cast|could not convert|conversion|out of range|division by zero|numeric value/iu,
    'bad-value',
  ],
  [/operator does not exist|type mismatch|is of type/iu, 'wrong-type'],
  [/could not connect|connection|unreachable|server closed/iu, 'unreachable'],
  [/out of memory|disk full|too many connections|no space/iu, 'out-of-resource'],
  [/compilation|syntax error|parsing error|undefined/iu, 'compilation'],
  [/cancel|interrupted|skipp/iu, 'cancelled'],
];

/** What a message of an engine or tool amounts to; the message itself stays where it was. */
export async function messageFrom(
  gate: Pick<TextGate, 'digest'>,
  message: string | null,
  failed: boolean,
): Promise<ToldMessage> {
  if (message === null || !failed) return { fault: null, message: null };
  const [digest = ''] = await gate.digest([JSON.stringify(['message', message])]);
  const fault = FAULTS.find(([form]) => form.test(message))?.[1] ?? 'other';
  return { fault, message: digest };
}
