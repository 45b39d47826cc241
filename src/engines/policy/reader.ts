import { Problem } from '#base/problem';
import type { Span } from '#base/problem';
import { nodeName } from './node.ts';
import type { MapNode, Node } from './node.ts';
import { hintFor } from './suggest.ts';

/** Longest text one key may hold; a condition or predicate beyond it is not readable by people either. */
const VALUE_LENGTH_MAX = 10_000;
const LIST_LENGTH_MAX = 1_000;

/** Something a document names that lives elsewhere, so that a set can be checked against what exists. */
export type Mention = {
  readonly what:
    | 'tag'
    | 'group'
    | 'user'
    | 'attribute'
    | 'purpose'
    | 'project'
    | 'role'
    | 'source'
    | 'column';
  readonly name: string;
  readonly where: Span;
};

/** SQL text in a document, to be read by PostgreSQL's parser elsewhere. */
export type FragmentMention = {
  readonly kind: 'predicate' | 'expression';
  readonly sql: string;
  readonly where: Span;
};

/**
 * Reads nodes into values and collects every problem on the way. After a problem a stand-in value comes back, so that
 * reading goes on; a document during which a problem was found is thrown away by the caller.
 */
export class Reader {
  readonly problems: Problem[] = [];
  readonly mentions: Mention[] = [];
  readonly fragments: FragmentMention[] = [];

  fail(where: Span, message: string, hint = ''): void {
    const details = hint === '' ? { where } : { where, hint };
    this.problems.push(new Problem('invalid', message, details));
  }

  mention(what: Mention['what'], name: string, where: Span): void {
    this.mentions.push({ what, name, where });
  }

  /** The mapping with only these keys; null (and a problem) for anything else. */
  map(node: Node, label: string, keys: readonly string[]): Fields | null {
    if (node.kind !== 'map') {
      this.fail(node.where, `\`${label}\` expected a mapping, got ${nodeName(node)}`);
      return null;
    }
    for (const [key, entry] of node.entries) {
      if (keys.includes(key)) continue;
      const hint = hintFor(key, keys, `known keys: ${keys.join(', ')}`);
      this.fail(entry.keyWhere, `unknown key \`${key.slice(0, 60)}\` in \`${label}\``, hint);
    }
    return new Fields(this, node, label);
  }

  text(node: Node, label: string): string {
    if (node.kind === 'scalar' && typeof node.value === 'string') {
      if (node.value.length <= VALUE_LENGTH_MAX && node.value.isWellFormed()) return node.value;
      this.fail(node.where, `\`${label}\` expected at most ${VALUE_LENGTH_MAX} characters of text`);
      return '';
    }
    const quoted = node.kind === 'scalar' && node.value !== null ? 'put it in quotes' : '';
    this.fail(node.where, `\`${label}\` expected text, got ${nodeName(node)}`, quoted);
    return '';
  }

  /** Text with at least one character that is not white space. */
  word(node: Node, label: string): string {
    const before = this.problems.length;
    const text = this.text(node, label);
    if (text.trim() === '' && this.problems.length === before) {
      this.fail(node.where, `\`${label}\` expected text, got none`);
    }
    return text;
  }

  /** A non-empty list of nodes; a stand-in empty one with a problem otherwise. */
  list(node: Node, label: string): readonly Node[] {
    if (node.kind !== 'list') {
      this.fail(node.where, `\`${label}\` expected a list, got ${nodeName(node)}`);
      return [];
    }
    if (node.items.length === 0) {
      this.fail(node.where, `\`${label}\` expected a list with something in it, got an empty one`);
    }
    if (node.items.length > LIST_LENGTH_MAX) {
      this.fail(node.where, `\`${label}\` expected at most ${LIST_LENGTH_MAX} items`);
      return [];
    }
    return node.items;
  }

  words(node: Node, label: string): readonly string[] {
    return this.list(node, label).map((item) => this.word(item, label));
  }

  /** Words, each remembered as a mention of something that lives elsewhere. */
  names(node: Node, label: string, what: Mention['what']): readonly string[] {
    return this.list(node, label).map((item) => {
      const name = this.word(item, label);
      this.mention(what, name, item.where);
      return name;
    });
  }

  choice<T extends string>(node: Node, label: string, options: readonly T[]): T {
    const [first] = options;
    const got = node.kind === 'scalar' && node.value === null ? 'null' : this.text(node, label);
    const found = options.find((option) => option === got);
    if (found !== undefined) return found;
    if (got !== '') {
      const hint = hintFor(got, options, `one of: ${options.join(', ')}`);
      this.fail(node.where, `\`${label}\` does not know \`${got.slice(0, 60)}\``, hint);
    }
    return first as T;
  }

  number(node: Node, label: string, range: { readonly min: number; readonly max: number }): number {
    const value = node.kind === 'scalar' ? node.value : null;
    if (typeof value === 'number' && value >= range.min && value <= range.max) return value;
    const expected = `a number from ${range.min} to ${range.max}`;
    this.fail(node.where, `\`${label}\` expected ${expected}, got ${nodeName(node)}`);
    return range.min;
  }

  whole(node: Node, label: string, range: { readonly min: number; readonly max: number }): number {
    const value = this.number(node, label, range);
    if (Number.isInteger(value)) return value;
    this.fail(node.where, `\`${label}\` expected a whole number, got ${value}`);
    return range.min;
  }

  boolean(node: Node, label: string): boolean {
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
    this.fail(node.where, `\`${label}\` expected true or false, got ${nodeName(node)}`);
    return false;
  }
}

/** A mapping whose keys are known to be allowed. */
export class Fields {
  readonly where: Span;
  readonly #reader: Reader;
  readonly #node: MapNode;
  readonly #label: string;

  constructor(reader: Reader, node: MapNode, label: string) {
    this.#reader = reader;
    this.#node = node;
    this.#label = label;
    this.where = node.where;
  }

  has(key: string): boolean {
    return this.#node.entries.has(key);
  }

  keys(): readonly string[] {
    return [...this.#node.entries.keys()];
  }

  /** What `read` makes of the key's value, or null when the key is absent. */
  optional<T>(key: string, read: (node: Node, label: string) => T): T | null {
    const entry = this.#node.entries.get(key);
    return entry === undefined ? null : read(entry.value, `${this.#label}.${key}`);
  }

  /** As `optional`, with a problem when the key is absent. */
  required<T>(key: string, read: (node: Node, label: string) => T): T | null {
    if (!this.has(key)) {
      this.#reader.fail(this.where, `\`${this.#label}\` expected the key \`${key}\`, got none`);
    }
    return this.optional(key, read);
  }

  text(key: string, fallback = ''): string {
    return this.optional(key, (node, label) => this.#reader.text(node, label)) ?? fallback;
  }
}
