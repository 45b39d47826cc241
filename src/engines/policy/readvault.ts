import { Problem } from '#base/problem';
import type { Who } from './document.ts';
import type { Node } from './node.ts';
import type { Head } from './readpolicy.ts';
import type { Fields, Reader } from './reader.ts';
import { readWho } from './readwho.ts';
import { vaultCel } from './vaultcel.ts';
import type { RevealDuty, VaultBindings, VaultPolicy, VaultRule } from './vaultdocument.ts';
import { readRule } from './vaultrule.ts';

/** Rules of one policy: more are easier to understand as several policies. */
const RULES_MAX = 500;
/** Values an hour; beyond it the budget protects nothing. */
const BUDGET_MAX = 1_000_000_000;

type Body = { readonly reader: Reader; readonly fields: Fields; readonly head: Head };

/** Reads what stands beside the head of a VaultPolicy. */
export function readVaultPolicy({ reader, fields, head }: Body): VaultPolicy {
  const rules = fields.optional('rules', (node, label) => readRules(reader, node, label)) ?? [];
  const reveal = fields.optional('reveal', (node, label) => readReveal(reader, node, label));
  if (rules.length === 0 && reveal === null) {
    reader.fail(fields.where, '`VaultPolicy` expected `rules` or `reveal`');
  }
  return {
    kind: 'VaultPolicy',
    ...head,
    vault: fields.required('vault', (node, label) => reader.word(node, label)) ?? '',
    roles: fields.optional('roles', (node, label) => reader.names(node, label, 'role')) ?? [],
    for: fields.optional<Who>('for', (node, label) => readWho(reader, node, label)),
    rules,
    reveal,
    bindings: fields.optional('bindings', (node, label) => readBindings(reader, node, label)),
  };
}

function readRules(reader: Reader, node: Node, label: string): readonly VaultRule[] {
  const items = reader.list(node, label);
  if (items.length > RULES_MAX)
    reader.fail(node.where, `\`${label}\` expected at most ${RULES_MAX}`);
  const rules = items.map((item, i) => readOne(reader, item, [`${label}[${i}]`, i]));
  const names = rules.map((rule) => rule.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    reader.fail(
      node.where,
      `\`${label}\` expected rules of different names, got \`${twice}\` twice`,
    );
  }
  return rules;
}

const EMPTY = {
  effect: 'deny',
  operations: [],
  targets: [],
  redaction: null,
  where: null,
} as const;

function readOne(reader: Reader, node: Node, [label, index]: readonly [string, number]): VaultRule {
  const plain = { name: `rule-${index + 1}`, when: null, purposes: [] };
  if (node.kind === 'scalar') return { ...plain, ...readText(reader, node, label) };
  const fields = reader.map(node, label, ['name', 'rule', 'when', 'purposes']);
  if (fields === null) return { ...plain, text: '', ...EMPTY };
  const text = fields.required('rule', (child, path) => readText(reader, child, path));
  return {
    name: fields.text('name', plain.name),
    ...(text ?? { text: '', ...EMPTY }),
    when: fields.optional('when', (child, path) => readWhen(reader, child, path)),
    purposes: fields.optional('purposes', (n, p) => reader.names(n, p, 'purpose')) ?? [],
  };
}

function readText(reader: Reader, node: Node, label: string) {
  const text = reader.word(node, label);
  return { text, ...(read(reader, [node, label], () => readRule(text)) ?? EMPTY) };
}

function readWhen(reader: Reader, node: Node, label: string): string {
  const text = reader.word(node, label);
  read(reader, [node, label], () => vaultCel(text));
  return text;
}

function read<T>(reader: Reader, [node, label]: readonly [Node, string], act: () => T): T | null {
  if (node.kind === 'scalar' && String(node.value ?? '').trim() === '') return null;
  try {
    return act();
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    reader.fail(node.where, `\`${label}\`: ${thrown.message}`, thrown.hint);
    return null;
  }
}

function readReveal(reader: Reader, node: Node, label: string): RevealDuty {
  const fields = reader.map(node, label, ['tables', 'purposes', 'ticket', 'valuesPerHour']);
  const range = { min: 1, max: BUDGET_MAX };
  return {
    tables: fields?.optional('tables', (n, p) => reader.words(n, p)) ?? [],
    purposes: fields?.optional('purposes', (n, p) => reader.names(n, p, 'purpose')) ?? [],
    ticket: fields?.optional('ticket', (n, p) => reader.boolean(n, p)) ?? false,
    valuesPerHour: fields?.optional('valuesPerHour', (n, p) => reader.whole(n, p, range)) ?? null,
  };
}

function readBindings(reader: Reader, node: Node, label: string): VaultBindings {
  const fields = reader.map(node, label, ['vault', 'names']);
  const names = fields?.required('names', (child, path) => {
    if (child.kind === 'map') {
      const pairs = [...child.entries].map(([name, { value }]) => {
        return [name, reader.word(value, `${path}.${name}`)] as const;
      });
      return Object.fromEntries(pairs);
    }
    reader.fail(child.where, `\`${path}\` expected a mapping of names to ids`);
    return {};
  });
  return {
    vault: fields?.required('vault', (child, path) => reader.word(child, path)) ?? '',
    names: names ?? {},
  };
}
