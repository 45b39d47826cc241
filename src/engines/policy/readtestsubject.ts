import type { TestSubject } from './document.ts';
import type { Node } from './node.ts';
import type { Reader } from './reader.ts';
import { SUBJECT_KINDS } from './readwho.ts';

/** Whoever is meant when nobody is named: a person without groups and attributes. */
export const NOBODY: TestSubject = { user: null, kind: null, groups: null, attributes: null };

/** Reads who a case is asked as. */
export function readSubject(reader: Reader, node: Node, label: string): TestSubject {
  const fields = reader.map(node, label, ['user', 'kind', 'groups', 'attributes']);
  if (fields === null) return NOBODY;
  const user = fields.optional('user', (n, p) => {
    const name = reader.word(n, p);
    reader.mention('user', name, n.where);
    return name;
  });
  return {
    user,
    kind: fields.optional('kind', (n, p) => reader.choice(n, p, SUBJECT_KINDS)),
    groups: fields.optional('groups', (n, p) => readGroups(reader, n, p)),
    attributes: fields.optional('attributes', (n, p) => readAttributes(reader, n, p)),
  };
}

/** Unlike in a condition, an empty list means something here: a person without groups. */
function readGroups(reader: Reader, node: Node, label: string): readonly string[] {
  if (node.kind === 'list' && node.items.length === 0) return [];
  return reader.names(node, label, 'group');
}

function readAttributes(
  reader: Reader,
  node: Node,
  label: string,
): Readonly<Record<string, readonly string[]>> {
  if (node.kind !== 'map') {
    reader.fail(node.where, `\`${label}\` expected a mapping of attributes to lists of values`);
    return {};
  }
  const pairs = [...node.entries].map(([name, { value }]) => {
    const empty = value.kind === 'list' && value.items.length === 0;
    return [name, empty ? [] : reader.words(value, `${label}.${name}`)] as const;
  });
  return Object.fromEntries(pairs);
}
