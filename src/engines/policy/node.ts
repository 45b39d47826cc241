import type { Json } from '#base/canonical';
import type { Span } from '#base/problem';

/** A document before it is understood: what YAML and JSON have in common, each part knowing where it stands. */
export type Node = ScalarNode | ListNode | MapNode;
export type ScalarNode = {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly where: Span;
};
export type ListNode = {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly where: Span;
};
export type MapNode = {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly where: Span;
};
export type Entry = { readonly keyWhere: Span; readonly value: Node };

const NOWHERE: Span = { line: 1, column: 1 };

/** The node of a JSON value; it has no position of its own. */
export function nodeOfJson(value: Json): Node {
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((item: Json) => nodeOfJson(item)), where: NOWHERE };
  }
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value as { readonly [key: string]: Json });
    const entries = members.map(
      ([key, member]) => [key, { keyWhere: NOWHERE, value: nodeOfJson(member) }] as const,
    );
    return { kind: 'map', entries: new Map(entries), where: NOWHERE };
  }
  return { kind: 'scalar', value, where: NOWHERE };
}

/** The JSON value of a node: what a document is stored and sent as. */
export function jsonOfNode(node: Node): Json {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map((item) => jsonOfNode(item));
  const members = [...node.entries].map(([key, entry]) => [key, jsonOfNode(entry.value)] as const);
  return Object.fromEntries(members);
}

/** What a node is, in a user's words. */
export function nodeName(node: Node): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a mapping';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string') return `\`${node.value.slice(0, 60)}\``;
  return typeof node.value === 'number' ? `the number ${node.value}` : String(node.value);
}
