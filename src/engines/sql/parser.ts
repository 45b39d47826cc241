import { loadModule, parseSync, SqlError } from 'libpg-query';
import type { Node } from 'libpg-query';

import { Problem } from '#base/problem';

import { refusal } from './refusal.ts';

/** One statement of a text: its tree, and the bytes it spans. */
export type Statement = { readonly tree: Node; readonly start: number; readonly end: number };

let loaded = false;

/** Loads PostgreSQL's parser (12 ms, once a thread); planning before that throws `unavailable`. */
export async function loadParser(): Promise<void> {
  await loadModule();
  loaded = true;
}

/** What is thrown when the parser itself failed, whose memory can no longer be trusted. */
export function isBroken(thrown: unknown): boolean {
  return thrown instanceof Problem && thrown.cause instanceof ParserFailure;
}

/** Marks the cause of a Problem, so that the worker is replaced. */
class ParserFailure {
  readonly name: string;
  constructor(thrown: unknown) {
    this.name = thrown instanceof Error ? thrown.name : typeof thrown;
  }
}

/**
 * The statements of a text by PostgreSQL's own grammar. Throws `invalid` (42601) for a syntax error, `unavailable`
 * before `loadParser`, and a Problem that `isBroken` knows for anything else the parser does.
 */
export function parse(sqlText: string, sizeBytes: number): Statement[] {
  if (!loaded) throw new Problem('unavailable', 'parser expected to be loaded, got called before');
  if (sqlText === '') return [];
  const { stmts } = parseOrRefuse(sqlText);
  return (stmts ?? []).map((raw) => {
    const start = raw.stmt_location ?? 0;
    const length = raw.stmt_len ?? 0;
    return {
      tree: raw.stmt ?? ({} as Node),
      start,
      end: length === 0 ? sizeBytes : start + length,
    };
  });
}

function parseOrRefuse(sqlText: string): ReturnType<typeof parseSync> {
  try {
    return parseSync(sqlText);
  } catch (thrown) {
    if (!(thrown instanceof SqlError)) {
      throw new Problem('internal', 'the parser failed', { cause: new ParserFailure(thrown) });
    }
    const position = thrown.sqlDetails?.cursorPosition ?? -1;
    const offset = Buffer.byteLength(sqlText.slice(0, Math.max(position, 0)));
    throw refusal('42601', syntaxMessage(thrown.message), { offset });
  }
}

/** PostgreSQL quotes the offending text in double quotes; ours go in backticks. */
function syntaxMessage(message: string): string {
  return message.replace(
    /at or near "([^]*)"$/u,
    (_, near: string) => `at or near \`${near.slice(0, 60)}\``,
  );
}

/** The tree of one expression; for text made here, so anything but one expression is an internal error. */
export function parseExpression(expression: string): Node {
  const sqlText = `SELECT ${expression}`;
  const tree = parse(sqlText, 0)[0]?.tree;
  const target =
    tree !== undefined && 'SelectStmt' in tree ? tree.SelectStmt.targetList?.[0] : undefined;
  if (target === undefined || !('ResTarget' in target) || target.ResTarget.val === undefined) {
    throw new Problem('internal', 'generated expression expected to parse');
  }
  return target.ResTarget.val;
}

/** Trees of FROM items kept: the same subqueries come again and again. */
const ITEMS_MAX = 2_000;
const items = new Map<string, Node>();

/** The tree of one FROM item; for text made here. It is shared, so it must not be changed. */
export function parseFromItem(item: string): Node {
  const known = items.get(item);
  if (known !== undefined) return known;
  if (items.size >= ITEMS_MAX) items.clear();
  const node = parseNewItem(item);
  items.set(item, node);
  return node;
}

function parseNewItem(item: string): Node {
  const tree = parse(`SELECT FROM ${item}`, 0)[0]?.tree;
  const node =
    tree !== undefined && 'SelectStmt' in tree ? tree.SelectStmt.fromClause?.[0] : undefined;
  if (node === undefined) throw new Problem('internal', 'generated relation expected to parse');
  return node;
}
