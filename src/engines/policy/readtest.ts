import type { ExpectedColumn, Expectation, PolicyTest, TestCase } from './document.ts';
import type { Node } from './node.ts';
import { MASK_KINDS } from './readmask.ts';
import type { Head } from './readpolicy.ts';
import type { Reader, Fields } from './reader.ts';
import { readSource } from './readtarget.ts';
import { NOBODY, readSubject } from './readtestsubject.ts';
import { readVaultCase } from './readvaulttest.ts';

type Body = { readonly reader: Reader; readonly fields: Fields; readonly head: Head };

/** Reads what stands beside the head of a PolicyTest. */
export function readTest({ reader, fields, head }: Body): PolicyTest {
  const cases = fields.required('cases', (node, label) =>
    reader.list(node, label).map((item, i) => {
      const place = [`${label}[${i}]`, i] as const;
      const ofVault = item.kind === 'map' && item.entries.has('vault');
      return ofVault ? readVaultCase(reader, item, place) : readCase(reader, item, place);
    }),
  );
  const { name, description } = head;
  return { kind: 'PolicyTest', name, description, cases: cases ?? [] };
}

const DENIED: Expectation = { effect: 'deny', rows: null, columns: {} };

function readCase(reader: Reader, node: Node, [label, index]: readonly [string, number]): TestCase {
  const fallback = `case ${index + 1}`;
  const keys = ['name', 'as', 'project', 'purpose', 'source', 'expect'];
  const fields = reader.map(node, label, keys);
  const mentioned = (what: 'project' | 'purpose') => (n: Node, p: string) => {
    const name = reader.word(n, p);
    reader.mention(what, name, n.where);
    return name;
  };
  return {
    name: fields?.text('name', fallback) ?? fallback,
    as: fields?.required('as', (n, p) => readSubject(reader, n, p)) ?? NOBODY,
    project: fields?.optional('project', mentioned('project')) ?? null,
    purpose: fields?.optional('purpose', mentioned('purpose')) ?? null,
    source: fields?.required('source', (n, p) => readSource(reader, n, p)) ?? '',
    expect: fields?.required('expect', (n, p) => readExpectation(reader, n, p)) ?? DENIED,
  };
}

function readExpectation(reader: Reader, node: Node, label: string): Expectation {
  const fields = reader.map(node, label, ['effect', 'rows', 'columns']);
  if (fields === null) return DENIED;
  const effects = ['allow', 'deny'] as const;
  const effect = fields.required('effect', (n, p) => reader.choice(n, p, effects)) ?? 'deny';
  const rows = fields.optional('rows', (n, p) =>
    reader.choice(n, p, ['all', 'none', 'filtered'] as const),
  );
  const columns = fields.optional('columns', (n, p) => readExpectedColumns(reader, n, p)) ?? {};
  if (effect === 'deny' && (rows !== null || Object.keys(columns).length > 0)) {
    reader.fail(node.where, `\`${label}\` expected no rows or columns beside \`effect: deny\``);
  }
  return { effect, rows, columns };
}

function readExpectedColumns(
  reader: Reader,
  node: Node,
  label: string,
): Readonly<Record<string, ExpectedColumn>> {
  if (node.kind !== 'map') {
    reader.fail(node.where, `\`${label}\` expected a mapping of columns to what they show`);
    return {};
  }
  const pairs = [...node.entries].map(
    ([name, { value }]) => [name, readExpected(reader, value, `${label}.${name}`)] as const,
  );
  return Object.fromEntries(pairs);
}

function readExpected(reader: Reader, node: Node, label: string): ExpectedColumn {
  if (node.kind !== 'map') {
    return { kind: reader.choice(node, label, MASK_KINDS), parameters: {} };
  }
  const kindEntry = node.entries.get('kind');
  if (kindEntry === undefined) reader.fail(node.where, `\`${label}\` expected the key \`kind\``);
  const parameters: Record<string, string | number> = {};
  for (const [key, { value }] of node.entries) {
    if (key === 'kind') continue;
    const given = value.kind === 'scalar' ? value.value : null;
    if (typeof given === 'string' || typeof given === 'number') parameters[key] = given;
    else reader.fail(value.where, `\`${label}.${key}\` expected text or a number`);
  }
  const kind = kindEntry === undefined ? 'null' : reader.choice(kindEntry.value, label, MASK_KINDS);
  return { kind, parameters };
}
