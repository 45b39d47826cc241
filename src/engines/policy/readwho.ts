import { Problem } from '#base/problem';
import { celProgram } from './cel.ts';
import type { Clause, SubjectKind, Who } from './document.ts';
import type { Node } from './node.ts';
import type { Fields, Reader } from './reader.ts';

const KEYS = [
  'anyone',
  'groups',
  'users',
  'attributes',
  'kinds',
  'purposes',
  'projects',
  'when',
  'anyOf',
] as const;
export const SUBJECT_KINDS: readonly SubjectKind[] = ['person', 'service'];

type ClauseReading = { readonly reader: Reader; readonly fields: Fields };

/** Reads a condition on people; an empty one is a problem, never "everyone". */
export function readWho(reader: Reader, node: Node, label: string): Who {
  const fields = reader.map(node, label, KEYS);
  if (fields === null) return nobody();
  if (fields.has('anyone')) return readAnyone(reader, fields, label);
  // In a fixed order, whatever order the keys are in: canonical JSON must give the same document.
  const clauses = KEYS.flatMap((key) => readClause(key, { reader, fields }));
  if (fields.keys().length === 0) {
    const hint = 'write `{ anyone: true }` for everyone';
    reader.fail(node.where, `\`${label}\` expected a condition, got an empty mapping`, hint);
  }
  return { kind: 'clauses', clauses };
}

function nobody(): Who {
  return { kind: 'clauses', clauses: [] };
}

function readAnyone(reader: Reader, fields: Fields, label: string): Who {
  const value = fields.optional('anyone', (child, path) => reader.boolean(child, path));
  if (value === false)
    reader.fail(fields.where, `\`${label}.anyone\` expected true or no such key`);
  if (fields.keys().length > 1) {
    reader.fail(fields.where, `\`${label}.anyone\` expected to stand alone`);
  }
  return { kind: 'anyone' };
}

function readClause(key: string, { reader, fields }: ClauseReading): readonly Clause[] {
  const clauses = fields.optional<readonly Clause[]>(key, (node, label) => {
    switch (key) {
      case 'groups':
        return [{ kind: 'groups', groups: reader.names(node, label, 'group') }];
      case 'users':
        return [{ kind: 'users', users: reader.names(node, label, 'user') }];
      case 'attributes':
        return readAttributes(reader, node, label);
      case 'kinds':
        return [{ kind: 'kinds', kinds: readKinds(reader, node, label) }];
      case 'purposes':
        return [{ kind: 'purposes', purposes: reader.names(node, label, 'purpose') }];
      case 'projects':
        return [{ kind: 'projects', projects: reader.names(node, label, 'project') }];
      case 'when':
        return [{ kind: 'when', cel: readCel(reader, node, label) }];
      case 'anyOf':
        return [
          { kind: 'any-of', whos: reader.list(node, label).map((w) => readWho(reader, w, label)) },
        ];
      default:
        return [];
    }
  });
  return clauses ?? [];
}

function readKinds(reader: Reader, node: Node, label: string): readonly SubjectKind[] {
  return reader.list(node, label).map((item) => reader.choice(item, label, SUBJECT_KINDS));
}

function readAttributes(reader: Reader, node: Node, label: string): readonly Clause[] {
  if (node.kind !== 'map' || node.entries.size === 0) {
    reader.fail(node.where, `\`${label}\` expected a mapping of attributes to lists of values`);
    return [];
  }
  const entries = [...node.entries].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([name, entry]) => {
    reader.mention('attribute', name, entry.keyWhere);
    return { kind: 'attribute', name, values: reader.words(entry.value, `${label}.${name}`) };
  });
}

function readCel(reader: Reader, node: Node, label: string): string {
  const text = reader.word(node, label);
  if (text.trim() === '') return text;
  try {
    celProgram(text);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    reader.fail(node.where, `\`${label}\`: ${thrown.message}`, thrown.hint);
  }
  return text;
}
