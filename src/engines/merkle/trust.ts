import { Problem } from '#base/problem';
import { signedBy } from './checkpoint.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { cosignatureOf } from './cosignature.ts';
import { parseVkey } from './notekey.ts';
import type { NoteKey } from './notekey.ts';

export type TrustedLog = { readonly key: NoteKey; readonly url: string | null };
export type TrustedWitness = TrustedLog & { readonly name: string };
type Group = {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
};

/** Which logs and witnesses are believed, and how many of the latter it takes (C2SP tlog-policy). */
export type TrustPolicy = {
  readonly logs: readonly TrustedLog[];
  readonly witnesses: readonly TrustedWitness[];
  readonly groups: readonly Group[];
  /** Name of a witness or group; null when none is needed. */
  readonly quorum: string | null;
};

/** Logs, witnesses and groups together: as much as C2SP tlog-policy asks for. */
const LINES_MAX = 500;

/** The policy a text is; throws `invalid` naming the line where it is none. */
export function parseTrustPolicy(source: string): TrustPolicy {
  const lines = source.split('\n');
  if (lines.length > LINES_MAX)
    throw new Problem('invalid', `policy expected at most ${LINES_MAX} lines`);
  const reading: Reading = {
    logs: [],
    witnesses: [],
    groups: [],
    used: new Set(),
    quorum: undefined,
  };
  for (const [i, line] of lines.entries()) {
    const words = line.split(/[ \t]+/u).filter((word) => word !== '');
    if (words.length === 0 || words[0]?.startsWith('#') === true) continue;
    try {
      readLine(reading, words);
    } catch (cause) {
      if (!(cause instanceof Problem)) throw cause;
      throw new Problem('invalid', `policy line ${i + 1}: ${cause.message}`, { cause });
    }
  }
  if (reading.quorum === undefined) {
    throw new Problem('invalid', 'policy expected one line `quorum <name>` or `quorum none`');
  }
  const { logs, witnesses, groups, quorum } = reading;
  return { logs, witnesses, groups, quorum };
}

type Reading = {
  readonly logs: TrustedLog[];
  readonly witnesses: TrustedWitness[];
  readonly groups: Group[];
  readonly used: Set<string>;
  quorum: string | null | undefined;
};

function readLine(reading: Reading, [word = '', ...rest]: readonly string[]): void {
  if (word === 'log') reading.logs.push(readLog(reading, rest));
  else if (word === 'witness') reading.witnesses.push(readWitness(reading, rest));
  else if (word === 'group') reading.groups.push(readGroup(reading, rest));
  else if (word === 'quorum') readQuorum(reading, rest);
  else throw new Problem('invalid', `expected log, witness, group or quorum, got \`${word}\``);
}

function readLog({ logs }: Reading, words: readonly string[]): TrustedLog {
  const [vkey = '', url = null, extra] = words;
  if (extra !== undefined) throw new Problem('invalid', 'log expected a key and an address');
  return { key: freshKey(vkey, { known: logs, type: 'ed25519' }), url };
}

function readWitness(reading: Reading, words: readonly string[]): TrustedWitness {
  const [name = '', vkey = '', url = null, extra] = words;
  if (extra !== undefined)
    throw new Problem('invalid', 'witness expected a name, a key and an address');
  requireNewName(reading, name);
  return { name, key: freshKey(vkey, { known: reading.witnesses, type: 'cosignature' }), url };
}

function freshKey(
  vkey: string,
  { known, type }: { readonly known: readonly TrustedLog[]; readonly type: NoteKey['type'] },
): NoteKey {
  const key = parseVkey(vkey);
  if (key.type !== type) {
    throw new Problem('invalid', `expected a key of type ${type === 'ed25519' ? 1 : 4}`);
  }
  const publicKey = String(key.publicKey);
  if (known.some((one) => String(one.key.publicKey) === publicKey)) {
    throw new Problem('invalid', `the key of \`${key.name}\` is named twice`);
  }
  return key;
}

function readGroup(
  reading: Reading,
  [name = '', count = '', ...members]: readonly string[],
): Group {
  requireNewName(reading, name);
  for (const member of members) {
    requireKnownName(reading, member);
    if (reading.used.has(member)) throw new Problem('invalid', `\`${member}\` is a member already`);
    reading.used.add(member);
  }
  const threshold = count === 'all' ? members.length : count === 'any' ? 1 : Number(count);
  const written = /^(?:all|any|[1-9]\d{0,3})$/u.test(count);
  if (!written || members.length === 0 || threshold > members.length) {
    throw new Problem(
      'invalid',
      'group expected a name, `all`, `any` or a number, and its members',
    );
  }
  return { name, threshold, members };
}

function readQuorum(reading: Reading, [name = '', extra]: readonly string[]): void {
  if (reading.quorum !== undefined || extra !== undefined) {
    throw new Problem('invalid', 'expected one quorum');
  }
  if (name !== 'none') requireKnownName(reading, name);
  reading.quorum = name === 'none' ? null : name;
}

function namesOf({
  witnesses,
  groups,
}: Pick<TrustPolicy, 'witnesses' | 'groups'>): readonly string[] {
  return [...witnesses, ...groups].map(({ name }) => name);
}

function requireNewName(reading: Reading, name: string): void {
  if (name === '' || name === 'none' || namesOf(reading).includes(name)) {
    throw new Problem('invalid', `expected a new name, got \`${name}\``);
  }
}

function requireKnownName(reading: Reading, name: string): void {
  if (!namesOf(reading).includes(name)) {
    throw new Problem('invalid', `expected a name of a line above, got \`${name}\``);
  }
}

/** Names of the policy's witnesses whose cosignature on the checkpoint verifies. */
export function witnessesOf(policy: TrustPolicy, { note }: SignedCheckpoint): readonly string[] {
  return policy.witnesses
    .filter(({ key }) => cosignatureOf(key, note) !== null)
    .map(({ name }) => name);
}

/** Whether those witnesses are enough. */
export function meetsQuorum(policy: TrustPolicy, witnesses: readonly string[]): boolean {
  const saw = new Set(witnesses);
  // Members stand above their group, so one pass settles everything.
  for (const { name, threshold, members } of policy.groups) {
    if (members.filter((member) => saw.has(member)).length >= threshold) saw.add(name);
  }
  return policy.quorum === null || saw.has(policy.quorum);
}

/** Whether the policy believes the checkpoint: signed by one of its logs, cosigned by a quorum. */
export function believes(policy: TrustPolicy, signed: SignedCheckpoint): boolean {
  return (
    policy.logs.some(({ key }) => signedBy(key, signed)) &&
    meetsQuorum(policy, witnessesOf(policy, signed))
  );
}
