import type { VaultTestCase } from './document.ts';
import type { Node } from './node.ts';
import type { Reader } from './reader.ts';
import { NOBODY, readSubject } from './readtestsubject.ts';
import type { VaultOperation } from './vaultdocument.ts';

const OPERATIONS: readonly VaultOperation[] = [
  'read',
  'insert',
  'update',
  'delete',
  'tokenize',
  'detokenize',
];
const LEVELS = ['no', 'PLAIN_TEXT', 'MASKED', 'REDACTED'];
const EFFECTS = ['allow', 'deny'] as const;
const KEYS = [
  'name',
  'as',
  'roles',
  'vault',
  'table',
  'operation',
  'purpose',
  'ticket',
  'context',
  'row',
];

/** Reads a case of a PolicyTest that asks a vault. */
export function readVaultCase(
  reader: Reader,
  node: Node,
  [label, index]: readonly [string, number],
): VaultTestCase {
  const fields = reader.map(node, label, [...KEYS, 'expect']);
  const fallback = `case ${index + 1}`;
  const word = (key: string) =>
    fields?.required(key, (child, path) => reader.word(child, path)) ?? '';
  return {
    name: fields?.text('name', fallback) ?? fallback,
    as: fields?.optional('as', (child, path) => readSubject(reader, child, path)) ?? NOBODY,
    roles: fields?.optional('roles', (child, path) => reader.names(child, path, 'role')) ?? null,
    vault: word('vault'),
    table: word('table'),
    operation:
      fields?.required('operation', (child, path) => reader.choice(child, path, OPERATIONS)) ??
      'read',
    purpose: fields?.optional('purpose', (child, path) => reader.word(child, path)) ?? null,
    ticket: fields?.optional('ticket', (child, path) => reader.boolean(child, path)) ?? false,
    context: fields?.optional('context', (child, path) => readTexts(reader, child, path)) ?? {},
    row: fields?.optional('row', (child, path) => readTexts(reader, child, path)) ?? null,
    expect: fields?.required('expect', (child, path) => readExpected(reader, child, path)) ?? {
      effect: 'deny',
      columns: {},
    },
  };
}

function readExpected(reader: Reader, node: Node, label: string): VaultTestCase['expect'] {
  const fields = reader.map(node, label, ['effect', 'columns']);
  const columns =
    fields?.optional('columns', (child, path) => readTexts(reader, child, path)) ?? {};
  for (const level of Object.values(columns)) {
    if (LEVELS.includes(level)) continue;
    reader.fail(
      node.where,
      `\`${label}.columns\` does not know \`${level.slice(0, 60)}\``,
      `one of: ${LEVELS.join(', ')}`,
    );
  }
  const effect = fields?.required('effect', (child, path) => reader.choice(child, path, EFFECTS));
  return { effect: effect ?? 'deny', columns };
}

function readTexts(reader: Reader, node: Node, label: string): Readonly<Record<string, string>> {
  if (node.kind === 'map') {
    const pairs = [...node.entries].map(([key, { value }]) => {
      return [key, reader.word(value, `${label}.${key}`)] as const;
    });
    return Object.fromEntries(pairs);
  }
  reader.fail(node.where, `\`${label}\` expected a mapping of names to texts`);
  return {};
}
