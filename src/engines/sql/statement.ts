import type { Analysis } from './analysis.ts';
import { copyStatement } from './copystatement.ts';
import { closeStatement, declareStatement, fetchStatement } from './cursorstatement.ts';
import { explainStatement } from './explainstatement.ts';
import { deallocateStatement, executeStatement, prepareStatement } from './preparestatement.ts';
import { refusal } from './refusal.ts';
import { discardStatement, setStatement, showStatement } from './setstatement.ts';
import { transactionStatement } from './transactionstatement.ts';
import { tagOf } from './tree.ts';
import type { Inner, Node, Tag } from './tree.ts';
import { answered, OUTERMOST } from './walked.ts';
import type { Walked } from './walked.ts';

type Handler<K extends Tag> = (a: Analysis, inner: Inner<K>) => Walked;
type Handlers = { readonly [K in Tag]?: Handler<K> };

const HANDLERS: Handlers = {
  SelectStmt: (a, inner) => ({
    action: { kind: 'query' },
    answer: 'upstream',
    outputs: a.query(inner, OUTERMOST),
  }),
  CopyStmt: copyStatement,
  ExplainStmt: explainStatement,
  LockStmt: lockStatement,
  VariableSetStmt: setStatement,
  VariableShowStmt: showStatement,
  DiscardStmt: discardStatement,
  TransactionStmt: transactionStatement,
  PrepareStmt: prepareStatement,
  ExecuteStmt: executeStatement,
  DeallocateStmt: deallocateStatement,
  DeclareCursorStmt: declareStatement,
  FetchStmt: fetchStatement,
  ClosePortalStmt: closeStatement,
};

/** The fields of the statement kinds above, as the grammar check needs them. */
export const STATEMENT_FIELDS: Readonly<Record<string, string>> = {
  CopyStmt: 'relation query attlist is_from is_program filename options whereClause',
  ExplainStmt: 'query options',
  LockStmt: 'relations mode nowait',
  VariableSetStmt: 'kind name args is_local location jumble_args',
  VariableShowStmt: 'name',
  DiscardStmt: 'target',
  TransactionStmt: 'kind options savepoint_name gid chain location',
  PrepareStmt: 'name argtypes query',
  ExecuteStmt: 'name params',
  DeallocateStmt: 'name isall location',
  DeclareCursorStmt: 'portalname options query',
  FetchStmt: 'direction howMany portalname ismove location direction_keyword',
  ClosePortalStmt: 'portalname',
};

/** Statements that would write, by the words that name them. */
const WRITES: ReadonlyMap<string, string> = new Map([
  ['InsertStmt', 'INSERT'],
  ['UpdateStmt', 'UPDATE'],
  ['DeleteStmt', 'DELETE'],
  ['MergeStmt', 'MERGE'],
  ['TruncateStmt', 'TRUNCATE'],
  ['CreateTableAsStmt', 'CREATE TABLE AS'],
  ['CreateStmt', 'CREATE TABLE'],
  ['ViewStmt', 'CREATE VIEW'],
  ['IndexStmt', 'CREATE INDEX'],
  ['DropStmt', 'DROP'],
  ['AlterTableStmt', 'ALTER'],
  ['RefreshMatViewStmt', 'REFRESH MATERIALIZED VIEW'],
  ['CreateSeqStmt', 'CREATE SEQUENCE'],
  ['CommentStmt', 'COMMENT'],
  ['GrantStmt', 'GRANT'],
  ['VacuumStmt', 'VACUUM and ANALYZE'],
  ['ReindexStmt', 'REINDEX'],
  ['ClusterStmt', 'CLUSTER'],
]);

const OTHERS: ReadonlyMap<string, string> = new Map([
  ['ListenStmt', 'LISTEN'],
  ['UnlistenStmt', 'UNLISTEN'],
  ['NotifyStmt', 'NOTIFY'],
  ['DoStmt', 'DO'],
  ['CallStmt', 'CALL'],
  ['LoadStmt', 'LOAD'],
  ['CheckPointStmt', 'CHECKPOINT'],
  ['ConstraintsSetStmt', 'SET CONSTRAINTS'],
]);

/** Throws for a statement kind that is not let through, saying which setting would matter for one that writes. */
export function requireKind(node: Node): Tag {
  const tag = tagOf(node);
  if (tag !== undefined && HANDLERS[tag] !== undefined) return tag;
  const other = OTHERS.get(tag ?? '');
  if (other !== undefined) throw refusal('0A000', `${other} is not supported through the gateway`);
  const write = WRITES.get(tag ?? '') ?? 'this statement';
  throw refusal('25006', `${write} is refused: the gateway is read-only by default`, {
    hint: 'the setting `gateway.writes` of the gateway says who may write',
  });
}

/** Walks one statement of a kind that is let through. */
export function walkStatement(a: Analysis, node: Node): Walked {
  const tag = requireKind(node);
  const handler = HANDLERS[tag] as Handler<Tag>;
  return handler(a, (node as Record<string, unknown>)[tag] as Inner<Tag>);
}

/** LOCK … IN ACCESS SHARE MODE, as pg_dump writes it, keeps nobody out who only reads: it is answered and not sent. */
function lockStatement(a: Analysis, inner: Inner<'LockStmt'>): Walked {
  const ACCESS_SHARE = 1;
  if (inner.mode !== ACCESS_SHARE) {
    throw refusal('25006', 'LOCK is refused: the gateway is read-only by default');
  }
  for (const node of inner.relations ?? []) {
    if (!('RangeVar' in node)) throw refusal('0A000', 'LOCK expected tables');
    a.seen.add(node.RangeVar);
    const relation = a.index.relation(
      node.RangeVar.schemaname ?? 'public',
      node.RangeVar.relname ?? '',
    );
    if (relation === undefined || a.grant(relation) === null) {
      throw refusal('42P01', `relation \`${node.RangeVar.relname ?? ''}\` does not exist`);
    }
  }
  return answered({ kind: 'lock' });
}
