import { textsOf } from './tree.ts';
import type { Node, Inner } from './tree.ts';

/** How sure PostgreSQL is of a name: a type name gives way to the name of what was cast. */
type Named = { readonly name: string | Inner<'SubLink'>; readonly strength: 1 | 2 };

/** The name of an output column that has none. */
export const UNNAMED = '?column?';

const VALUE_FUNCTIONS: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_DATE: 'current_date',
  SVFOP_CURRENT_TIME: 'current_time',
  SVFOP_CURRENT_TIME_N: 'current_time',
  SVFOP_CURRENT_TIMESTAMP: 'current_timestamp',
  SVFOP_CURRENT_TIMESTAMP_N: 'current_timestamp',
  SVFOP_LOCALTIME: 'localtime',
  SVFOP_LOCALTIME_N: 'localtime',
  SVFOP_LOCALTIMESTAMP: 'localtimestamp',
  SVFOP_LOCALTIMESTAMP_N: 'localtimestamp',
  SVFOP_CURRENT_ROLE: 'current_role',
  SVFOP_CURRENT_USER: 'current_user',
  SVFOP_USER: 'user',
  SVFOP_SESSION_USER: 'session_user',
  SVFOP_CURRENT_CATALOG: 'current_catalog',
  SVFOP_CURRENT_SCHEMA: 'current_schema',
};

const XML_NAMES: Readonly<Record<string, string>> = {
  IS_XMLCONCAT: 'xmlconcat',
  IS_XMLELEMENT: 'xmlelement',
  IS_XMLFOREST: 'xmlforest',
  IS_XMLPARSE: 'xmlparse',
  IS_XMLPI: 'xmlpi',
  IS_XMLROOT: 'xmlroot',
  IS_XMLSERIALIZE: 'xmlserialize',
};

const JSON_NAMES: Readonly<Record<string, string>> = {
  JSON_EXISTS_OP: 'json_exists',
  JSON_QUERY_OP: 'json_query',
  JSON_VALUE_OP: 'json_value',
};

/** The keyword a value function is written with, such as `current_user`. */
export function valueFunctionName(op: string | undefined): string {
  return VALUE_FUNCTIONS[op ?? ''] ?? UNNAMED;
}

/**
 * The name PostgreSQL gives an unnamed output column (parse_target.c, FigureColname). For one that is named after a
 * scalar subquery it is that subquery: its first column's name, whatever it is, `?column?` too.
 */
export function figureName(node: Node | undefined): string | Inner<'SubLink'> {
  return figure(node)?.name ?? UNNAMED;
}

function strong(name: string | undefined): Named | null {
  return name === undefined ? null : { name, strength: 2 };
}

function figure(node: Node | undefined): Named | null {
  if (node === undefined) return null;
  if ('ColumnRef' in node) return strong(lastText(node.ColumnRef.fields));
  if ('A_Indirection' in node) return indirectionName(node.A_Indirection);
  if ('FuncCall' in node) return strong(lastText(node.FuncCall.funcname));
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? strong('nullif') : null;
  if ('TypeCast' in node) return castName(node.TypeCast);
  if ('CollateClause' in node) return figure(node.CollateClause.arg);
  if ('GroupingFunc' in node) return strong('grouping');
  if ('SubLink' in node) return sublinkName(node.SubLink);
  if ('CaseExpr' in node) return caseName(node.CaseExpr);
  if ('A_ArrayExpr' in node) return strong('array');
  if ('RowExpr' in node) return strong('row');
  if ('CoalesceExpr' in node) return strong('coalesce');
  if ('MinMaxExpr' in node) {
    return strong(node.MinMaxExpr.op === 'IS_LEAST' ? 'least' : 'greatest');
  }
  if ('SQLValueFunction' in node) return strong(VALUE_FUNCTIONS[node.SQLValueFunction.op ?? '']);
  return documentName(node);
}

/** XML and JSON expressions are named after their keyword. */
function documentName(node: Node): Named | null {
  if ('XmlExpr' in node) return strong(XML_NAMES[node.XmlExpr.op ?? '']);
  if ('XmlSerialize' in node) return strong('xmlserialize');
  if ('JsonParseExpr' in node) return strong('json');
  if ('JsonScalarExpr' in node) return strong('json_scalar');
  if ('JsonSerializeExpr' in node) return strong('json_serialize');
  if ('JsonObjectConstructor' in node) return strong('json_object');
  if ('JsonArrayConstructor' in node || 'JsonArrayQueryConstructor' in node) {
    return strong('json_array');
  }
  if ('JsonObjectAgg' in node) return strong('json_objectagg');
  if ('JsonArrayAgg' in node) return strong('json_arrayagg');
  if ('JsonFuncExpr' in node) return strong(JSON_NAMES[node.JsonFuncExpr.op ?? '']);
  return null;
}

function lastText(nodes: readonly Node[] | undefined): string | undefined {
  return textsOf(nodes)
    .filter((text) => text !== undefined)
    .at(-1);
}

function indirectionName(inner: Inner<'A_Indirection'>): Named | null {
  const field = lastText(inner.indirection);
  return field === undefined ? figure(inner.arg) : strong(field);
}

function castName(inner: Inner<'TypeCast'>): Named | null {
  const named = figure(inner.arg);
  if (named?.strength === 2) return named;
  const type = lastText(inner.typeName?.names);
  return type === undefined ? named : { name: type, strength: 1 };
}

function caseName(inner: Inner<'CaseExpr'>): Named | null {
  const named = figure(inner.defresult);
  return named?.strength === 2 ? named : { name: 'case', strength: 1 };
}

function sublinkName(inner: Inner<'SubLink'>): Named | null {
  if (inner.subLinkType === 'EXISTS_SUBLINK') return strong('exists');
  if (inner.subLinkType === 'ARRAY_SUBLINK') return strong('array');
  return inner.subLinkType === 'EXPR_SUBLINK' ? { name: inner, strength: 2 } : null;
}
