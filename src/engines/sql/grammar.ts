import { refusal } from './refusal.ts';

/**
 * Every kind of node a statement may hold, and every field a node may have. Whatever is not listed is refused before
 * anything is planned: a new construct of the grammar must be understood before it is let through.
 */
const EXPRESSION = 'location';
const NODES: Readonly<Record<string, string>> = {
  A_ArrayExpr: 'elements list_start list_end location',
  A_Const: 'ival fval sval bsval boolval isnull location',
  A_Expr: 'kind name lexpr rexpr rexpr_list_start rexpr_list_end location',
  A_Indices: 'is_slice lidx uidx',
  A_Indirection: 'arg indirection',
  A_Star: '',
  BoolExpr: 'boolop args location',
  BooleanTest: 'arg booltesttype location',
  CaseExpr: 'arg args defresult location',
  CaseWhen: 'expr result location',
  CoalesceExpr: 'args location',
  CollateClause: 'arg collname location',
  ColumnDef: 'colname typeName is_local location',
  ColumnRef: 'fields location',
  CommonTableExpr:
    'ctename aliascolnames ctematerialized ctequery search_clause cycle_clause location',
  DefElem: 'defname defnamespace arg defaction location',
  Float: 'fval',
  FuncCall:
    'funcname args agg_order agg_filter over agg_within_group agg_star agg_distinct func_variadic funcformat location',
  GroupingFunc: 'args location',
  GroupingSet: 'kind content location',
  Integer: 'ival',
  Boolean: 'boolval',
  JoinExpr: 'jointype isNatural larg rarg usingClause join_using_alias quals alias',
  JsonAggConstructor: 'output agg_filter agg_order over location',
  JsonArgument: 'val name',
  JsonArrayAgg: 'constructor arg absent_on_null',
  JsonArrayConstructor: 'exprs output absent_on_null location',
  JsonArrayQueryConstructor: 'query output format absent_on_null location',
  JsonBehavior: 'btype expr coerce location',
  JsonFormat: 'format_type encoding location',
  JsonFuncExpr:
    'op column_name context_item pathspec passing output on_empty on_error wrapper quotes location',
  JsonIsPredicate: 'expr format item_type unique_keys location',
  JsonKeyValue: 'key value',
  JsonObjectAgg: 'constructor arg absent_on_null unique',
  JsonObjectConstructor: 'exprs output absent_on_null unique location',
  JsonOutput: 'typeName returning',
  JsonParseExpr: 'expr output unique_keys location',
  JsonReturning: 'format typid typmod',
  JsonScalarExpr: 'expr output location',
  JsonSerializeExpr: 'expr output location',
  JsonValueExpr: 'raw_expr formatted_expr format',
  List: 'items',
  LockingClause: 'lockedRels strength waitPolicy',
  MinMaxExpr: 'op args location',
  NamedArgExpr: 'arg name argnumber location',
  NullTest: 'arg nulltesttype location',
  ParamRef: 'number location',
  RangeFunction: 'lateral ordinality is_rowsfrom functions alias coldeflist',
  RangeSubselect: 'lateral subquery alias',
  RangeTableSample: 'relation method args repeatable location',
  RangeVar: 'catalogname schemaname relname inh relpersistence alias location',
  ResTarget: 'name val location',
  RowExpr: 'args row_format location',
  SQLValueFunction: 'op typmod location',
  SelectStmt:
    'distinctClause intoClause targetList fromClause whereClause groupClause groupDistinct havingClause windowClause valuesLists sortClause limitOffset limitCount limitOption lockingClause withClause op all larg rarg',
  SortBy: 'node sortby_dir sortby_nulls useOp location',
  String: 'sval',
  SubLink: 'subLinkType testexpr operName subselect location',
  TypeCast: 'arg typeName location',
  TypeName: 'names typmods typemod arrayBounds setof pct_type location',
  WindowDef: 'name refname partitionClause orderClause frameOptions startOffset endOffset location',
  XmlExpr: 'op name named_args args xmloption indent location',
  XmlSerialize: 'xmloption expr typeName indent location',
};

/** Structures the parser writes without naming their kind, by the field that holds them. */
const STRUCTURES: Readonly<Record<string, string>> = {
  alias: 'aliasname colnames',
  join_using_alias: 'aliasname colnames',
  withClause: 'ctes recursive location',
  search_clause: 'search_col_list search_breadth_first search_seq_column location',
  cycle_clause:
    'cycle_col_list cycle_mark_column cycle_mark_value cycle_mark_default cycle_path_column location',
  ival: 'ival',
  fval: 'fval',
  sval: 'sval',
  bsval: 'bsval',
  boolval: 'boolval',
  typeName: NODES['TypeName'] ?? EXPRESSION,
  over: NODES['WindowDef'] ?? EXPRESSION,
  constructor: NODES['JsonAggConstructor'] ?? EXPRESSION,
  output: NODES['JsonOutput'] ?? EXPRESSION,
  returning: NODES['JsonReturning'] ?? EXPRESSION,
  format: NODES['JsonFormat'] ?? EXPRESSION,
  context_item: NODES['JsonValueExpr'] ?? EXPRESSION,
  value: NODES['JsonValueExpr'] ?? EXPRESSION,
  val: NODES['JsonValueExpr'] ?? EXPRESSION,
  on_empty: NODES['JsonBehavior'] ?? EXPRESSION,
  on_error: NODES['JsonBehavior'] ?? EXPRESSION,
  arg: `${NODES['JsonValueExpr']} ${NODES['JsonKeyValue']}`,
  expr: NODES['JsonValueExpr'] ?? EXPRESSION,
  larg: NODES['SelectStmt'] ?? EXPRESSION,
  rarg: NODES['SelectStmt'] ?? EXPRESSION,
  relation: NODES['RangeVar'] ?? EXPRESSION,
  intoClause: 'rel colNames accessMethod options onCommit tableSpaceName viewQuery skipData',
  rel: NODES['RangeVar'] ?? EXPRESSION,
};

const fieldsOf = (lists: Readonly<Record<string, string>>) =>
  new Map(Object.entries(lists).map(([key, list]) => [key, new Set(list.split(' '))]));
const nodeFields = fieldsOf(NODES);
const structureFields = fieldsOf(STRUCTURES);

/** Nodes with no more to them than their text; no handler need look at them. */
const LEAVES = new Set(['A_Star', 'Boolean', 'DefElem', 'Float', 'Integer', 'List', 'String']);

/**
 * Every node of a statement that some handler must look at. Throws 0A000 for a kind or a field that is not known;
 * `roots` are the statement kinds the caller handles itself, with their fields.
 */
export function knownNodes(tree: unknown, roots: Readonly<Record<string, string>>): object[] {
  const found: object[] = [];
  const extra = rootFields(roots);
  const visit = (key: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) visit(key, item);
      return;
    }
    const tag = tagIn(value);
    if (tag === undefined) {
      checkFields(value, structureFields.get(key), key);
      if (key === 'larg' || key === 'rarg' || key === 'over' || key === 'typeName')
        found.push(value);
    } else {
      const inner = (value as Record<string, unknown>)[tag] as object;
      checkFields(inner, nodeFields.get(tag) ?? extra.get(tag), tag);
      if (!LEAVES.has(tag) && !extra.has(tag)) found.push(inner);
      for (const [field, part] of Object.entries(inner)) visit(field, part);
      return;
    }
    for (const [field, part] of Object.entries(value)) visit(field, part);
  };
  visit('statement', tree);
  return found;
}

const rootsKnown = new WeakMap<object, Map<string, Set<string>>>();

function rootFields(roots: Readonly<Record<string, string>>): Map<string, Set<string>> {
  const known = rootsKnown.get(roots) ?? fieldsOf(roots);
  rootsKnown.set(roots, known);
  return known;
}

/** The kind of a wrapped node; undefined for a bare structure. An empty node stands for nothing. */
function tagIn(value: object): string | undefined {
  const [key, ...more] = Object.keys(value);
  const upper = key !== undefined && key >= 'A' && key < '[';
  return upper && more.length === 0 ? key : undefined;
}

function checkFields(value: object, known: ReadonlySet<string> | undefined, name: string): void {
  const fields = Object.keys(value);
  if (fields.length === 0 && known === undefined) return;
  for (const field of fields) {
    if (known?.has(field) === true) continue;
    if (known === undefined && name.endsWith('Stmt')) {
      throw refusal('25006', 'a statement expected only queries inside', {
        hint: 'the gateway is read-only by default: the setting `gateway.writes` says otherwise',
      });
    }
    throw refusal(
      '0A000',
      `construct \`${known === undefined ? name : `${name}.${field}`}\` is not supported`,
      {
        hint: 'the gateway refuses what it does not understand',
      },
    );
  }
}
