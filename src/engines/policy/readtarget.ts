import { Problem } from '#base/problem';
import { NAME_BYTES_MAX, TAG_DEPTH_MAX } from '#base/limits';
import type { ColumnSelector, Target } from './document.ts';
import { sourceGlob } from './glob.ts';
import { depthOf } from './hierarchy.ts';
import type { Node } from './node.ts';
import type { Reader } from './reader.ts';

const TAG = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*$/u;

/** Reads which sources a policy is about; an empty target is a problem, never "all". */
export function readTarget(reader: Reader, node: Node, label: string): Target {
  const keys = ['all', 'sources', 'tags', 'columnTags', 'columnNames'];
  const fields = reader.map(node, label, keys);
  if (fields === null) return { kind: 'all' };
  if (fields.has('all')) {
    const all = fields.optional('all', (child, path) => reader.boolean(child, path));
    if (all !== true || fields.keys().length > 1) {
      reader.fail(node.where, `\`${label}.all\` expected true, standing alone`);
    }
    return { kind: 'all' };
  }
  if (fields.keys().length === 0) {
    const hint = 'write `{ all: true }` for every source';
    reader.fail(node.where, `\`${label}\` expected at least one key, got none`, hint);
  }
  const tags = (child: Node, path: string) => readTags(reader, child, path);
  return {
    kind: 'some',
    sources: fields.optional('sources', (child, path) => readSources(reader, child, path)),
    tags: fields.optional('tags', tags),
    columnTags: fields.optional('columnTags', tags),
    columnNames: fields.optional('columnNames', (child, path) => reader.words(child, path)),
  };
}

/** Reads patterns of full source names. */
export function readSources(reader: Reader, node: Node, label: string): readonly string[] {
  return reader.list(node, label).map((item) => readSource(reader, item, label));
}

/** Reads one pattern of a full source name. */
export function readSource(reader: Reader, node: Node, label: string): string {
  const pattern = reader.word(node, label);
  if (pattern.trim() === '') return pattern;
  try {
    sourceGlob(pattern);
    reader.mention('source', pattern, node.where);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    reader.fail(node.where, `\`${label}\`: ${thrown.message}`, thrown.hint);
  }
  return pattern;
}

function readTags(reader: Reader, node: Node, label: string): readonly string[] {
  return reader.list(node, label).map((item) => readTag(reader, item, label));
}

/** Reads one dotted tag of at most TAG_DEPTH_MAX levels. */
export function readTag(reader: Reader, node: Node, label: string): string {
  const tag = reader.word(node, label);
  if (tag === '') return tag;
  if (!TAG.test(tag) || depthOf(tag) > TAG_DEPTH_MAX) {
    const expected = `a dotted name of at most ${TAG_DEPTH_MAX} levels`;
    reader.fail(node.where, `\`${label}\` expected ${expected}, got \`${tag.slice(0, 60)}\``);
  }
  reader.mention('tag', tag, node.where);
  return tag;
}

/** Reads which columns a mask is about. */
export function readColumns(reader: Reader, node: Node, label: string): ColumnSelector {
  const fields = reader.map(node, label, ['tags', 'names']);
  if (fields === null) return { tags: [], names: [] };
  if (fields.keys().length === 0) {
    reader.fail(node.where, `\`${label}\` expected \`tags\` or \`names\`, got neither`);
  }
  return {
    tags: fields.optional('tags', (child, path) => readTags(reader, child, path)) ?? [],
    names: fields.optional('names', (child, path) => readColumnNames(reader, child, path)) ?? [],
  };
}

function readColumnNames(reader: Reader, node: Node, label: string): readonly string[] {
  return reader.list(node, label).map((item) => {
    const name = reader.word(item, label);
    // NAMEDATALEN counts bytes; a pattern may be longer than what it matches, twice is plenty.
    if (name.length > 2 * NAME_BYTES_MAX) reader.fail(item.where, `\`${label}\` is too long`);
    reader.mention('column', name, item.where);
    return name;
  });
}
