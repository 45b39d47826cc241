import { finding, Unreadable } from './finding.ts';
import type { Finding } from './finding.ts';
import { readKey, signedBy } from './note.ts';
import type { Checkpoint, NoteKey } from './note.ts';

/** Who is believed about a log (C2SP tlog-policy). */
export type Policy = {
  readonly logs: readonly NoteKey[];
  readonly witnesses: ReadonlyMap<string, NoteKey>;
  readonly groups: ReadonlyMap<string, Group>;
  /** A witness or group; null when the log's own signature is enough. */
  readonly quorum: string | null;
};
type Group = { readonly needed: number; readonly members: readonly string[] };

const LINES_MAX = 1_000;

/** Reads a policy file; throws `Unreadable` naming the line. */
export function readPolicy(text: string): Policy {
  const logs: NoteKey[] = [];
  const witnesses = new Map<string, NoteKey>();
  const groups = new Map<string, Group>();
  let quorum: string | null | undefined;
  const lines = text.split('\n');
  if (lines.length > LINES_MAX)
    throw new Unreadable(`a policy expected at most ${LINES_MAX} lines`);
  lines.forEach((line, i) => {
    const words = line.trim().split(/[ \t]+/u);
    const [verb = '', name = '', third = ''] = words;
    const fresh = !witnesses.has(name) && !groups.has(name) && name !== 'none';
    const known = (one: string) => witnesses.has(one) || groups.has(one);
    if (verb === '' || verb.startsWith('#')) return;
    if (verb === 'log' && words.length <= 3) logs.push(keyOf(name, 'log'));
    else if (verb === 'witness' && words.length <= 4 && fresh)
      witnesses.set(name, keyOf(third, 'witness'));
    else if (verb === 'group' && fresh && words.slice(3).every(known)) {
      groups.set(name, groupOf(third, words.slice(3)));
    } else if (verb === 'quorum' && quorum === undefined && (name === 'none' || known(name))) {
      quorum = name === 'none' ? null : name;
    } else throw new Unreadable(`line ${i + 1} of the policy is not understood`);
  });
  if (logs.length === 0) throw new Unreadable('the policy names no log');
  if (quorum === undefined) throw new Unreadable('the policy names no quorum');
  return { logs, witnesses, groups, quorum };
}

function keyOf(vkey: string, kind: NoteKey['kind']): NoteKey {
  const key = readKey(vkey);
  if (key.kind !== kind) throw new Unreadable(`key \`${key.name}\` is not the key of a ${kind}`);
  return key;
}

function groupOf(wish: string, members: readonly string[]): Group {
  const needed = wish === 'all' ? members.length : wish === 'any' ? 1 : Number(wish);
  const fits = Number.isInteger(needed) && needed >= 1 && needed <= members.length;
  if (!fits || new Set(members).size !== members.length) {
    throw new Unreadable(`a group expected all, any or a number up to ${members.length}`);
  }
  return { needed, members };
}

export type Belief = {
  readonly findings: readonly Finding[];
  /** Witnesses whose signature holds. */
  readonly witnesses: readonly string[];
};

/** Whether the checkpoint is one of a log of the policy, signed by it and by a quorum of witnesses. */
export function believe(checkpoint: Checkpoint, policy: Policy): Belief {
  const findings: Finding[] = [];
  const log = policy.logs.filter(({ name }) => name === checkpoint.origin);
  if (log.length === 0) {
    findings.push(finding('checkpoint', `origin \`${checkpoint.origin}\` is no log of the policy`));
  } else if (!log.some((key) => signedBy(checkpoint, key) === 'signed')) {
    findings.push(finding('checkpoint', 'the log did not sign it'));
  }
  const witnesses: string[] = [];
  for (const [name, key] of policy.witnesses) {
    const verdict = signedBy(checkpoint, key);
    if (verdict === 'signed') witnesses.push(name);
    if (verdict === 'wrong')
      findings.push(finding('checkpoint', `the signature of witness \`${name}\` is wrong`));
  }
  if (policy.quorum !== null && !agrees(policy, policy.quorum, witnesses)) {
    findings.push(
      finding(
        'checkpoint',
        `only ${witnesses.length} of the witnesses of the policy signed it: no quorum`,
      ),
    );
  }
  return { findings, witnesses };
}

function agrees(policy: Policy, name: string, signed: readonly string[]): boolean {
  const group = policy.groups.get(name);
  if (group === undefined) return signed.includes(name);
  return group.members.filter((member) => agrees(policy, member, signed)).length >= group.needed;
}
