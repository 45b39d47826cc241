import type { Node } from 'libpg-query';

export type { Node } from 'libpg-query';

type KeysOf<T> = T extends unknown ? keyof T : never;
/** The kind of a node of PostgreSQL's raw parse tree (src/include/nodes/parsenodes.h). */
export type Tag = KeysOf<Node>;
export type Inner<K extends Tag> = Extract<Node, Record<K, unknown>>[K];

/** Where in the text a node was found: parser bookkeeping, not meaning. */
const LOCATION_KEYS = new Set([
  'location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'name_location',
  'stmt_location',
  'stmt_len',
  'jumble_args',
]);

/** The kind of a node, or undefined for the empty node that stands for NULL. */
export function tagOf(node: Node): Tag | undefined {
  for (const key in node) return key as Tag;
  return undefined;
}

/** Turns a node into another in place, so that whoever holds it holds the new one. */
export function replaceNode(node: Node, by: Node): void {
  const target = node as Record<string, unknown>;
  for (const key of Object.keys(target)) delete target[key];
  Object.assign(target, by);
}

/** Texts of a list of String nodes; a node of another kind gives undefined in its place. */
export function textsOf(nodes: readonly Node[] | undefined): (string | undefined)[] {
  return (nodes ?? []).map((node) => ('String' in node ? (node.String.sval ?? '') : undefined));
}

export function stringNode(sval: string): Node {
  return { String: { sval } };
}

/** The text of a string constant node, or undefined when it is not one. */
export function constantText(node: Node | undefined): string | undefined {
  if (node === undefined || !('A_Const' in node)) return undefined;
  return node.A_Const.sval === undefined ? undefined : (node.A_Const.sval.sval ?? '');
}

/** Whether two trees are the same statement: equal in everything but where it stood in the text. */
export function equalTrees(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return false;
  if (Array.isArray(left) || Array.isArray(right)) return equalLists(left, right);
  return equalObjects(left as Record<string, unknown>, right as Record<string, unknown>);
}

function equalLists(left: unknown, right: unknown): boolean {
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
  return left.every((item, i) => equalTrees(item, right[i]));
}

function equalObjects(left: Record<string, unknown>, right: Record<string, unknown>): boolean {
  let size = 0;
  for (const key in left) {
    if (isLocation(key, left[key])) continue;
    if (left[key] === undefined) continue;
    if (!equalTrees(left[key], right[key])) return false;
    size++;
  }
  for (const key in right) {
    if (isLocation(key, right[key]) || right[key] === undefined) continue;
    size--;
  }
  return size === 0;
}

function isLocation(key: string, value: unknown): boolean {
  return LOCATION_KEYS.has(key) && typeof value !== 'string';
}

/** Calls `visit` for every node below (and at) a tree, outer first, however the parser wraps it. */
export function eachNode(
  tree: unknown,
  visit: (tag: string, inner: Record<string, unknown>) => void,
): void {
  if (Array.isArray(tree)) {
    for (const item of tree) eachNode(item, visit);
    return;
  }
  if (typeof tree !== 'object' || tree === null) return;
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value !== 'object' || value === null) continue;
    if (key >= 'A' && key < '[' && !Array.isArray(value))
      visit(key, value as Record<string, unknown>);
    eachNode(value, visit);
  }
}
