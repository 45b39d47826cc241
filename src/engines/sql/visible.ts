import type { Analysis } from './analysis.ts';
import { oidArray, quoteText, textArray } from './quote.ts';
import { readableSettings, ownSetting } from './settingvalue.ts';
import { constantText } from './tree.ts';
import type { Node } from './tree.ts';

/** What a subject may know of, as pieces of SQL for filters over system catalogs. */
export type Visible = {
  /** OIDs of the relations the subject may know of. */
  readonly relations: string;
  /** Of those, the ones under a policy. */
  readonly guarded: string;
  /** `relation.attnum` texts of the columns that are hidden. */
  readonly hidden: string;
  /** Schemas that hold something visible, and the system's own. */
  readonly schemas: string;
  /** `schema.name` texts of the visible relations. */
  readonly names: string;
  readonly vouched: string;
  readonly readableSettings: string;
  readonly subject: string;
  readonly database: string;
  /** A setting's value: the session's own where it has one, else the column. */
  readonly settingValue: string;
};

/** Everything below this was made by initdb (transam.h, FirstNormalObjectId). */
export const FIRST_NORMAL_OID = 16384;

const known = new WeakMap<Analysis, Visible>();

/** The subject's view of the catalogs, worked out once a statement; asks for the rules of every relation. */
export function visibleOf(a: Analysis): Visible {
  const visible = known.get(a) ?? newVisible(a);
  known.set(a, visible);
  return visible;
}

function newVisible(a: Analysis): Visible {
  const grants = a.grants();
  const guarded = grants.filter((access) => access.kind === 'guarded');
  const hidden = guarded.flatMap((access) => {
    const shown = new Set(access.columns.map(({ column }) => column.attnum));
    const missing = access.relation.columns.filter((column) => !shown.has(column.attnum));
    return missing.map((column) => `${access.relation.oid}.${column.attnum}`);
  });
  const schemas = new Set(grants.map((access) => access.relation.schema));
  return {
    relations: oidArray(grants.map((access) => access.relation.oid)),
    guarded: oidArray(guarded.map((access) => access.relation.oid)),
    hidden: textArray(hidden),
    schemas: textArray(['pg_catalog', 'information_schema', ...schemas]),
    names: textArray(grants.map(({ relation }) => `${relation.schema}.${relation.name}`)),
    vouched: oidArray(a.index.catalog.functions.map((each) => each.oid)),
    readableSettings: textArray([...readableSettings(), ...OWN_SETTINGS]),
    subject: quoteText(a.session.subjectName),
    database: quoteText(a.session.database),
    settingValue: settingValueText(a),
  };
}

const OWN_SETTINGS = ['search_path', 'session_authorization', 'role', 'is_superuser'];

function settingValueText(a: Analysis): string {
  const names = new Set([...OWN_SETTINGS, ...Object.keys(a.session.settings)]);
  const cases = [...names].map((name) => {
    const value = ownSetting(a.session, name) ?? '';
    return `WHEN ${quoteText(name)} THEN ${quoteText(value)}`;
  });
  return `CASE pg_catalog.lower(k.name) ${cases.join(' ')} ELSE k.setting END`;
}

/** Whether an OID written as a constant names something the subject may know of. */
export function isVisibleOid(a: Analysis, oid: number): boolean {
  if (oid < FIRST_NORMAL_OID) return true;
  return a.unrestricted() || a.grants().some((access) => access.relation.oid === oid);
}

/** An OID written as a constant: 16402, '16402', '16402'::oid; null for anything else. */
export function writtenOid(node: Node | undefined): number | null {
  if (node === undefined) return null;
  if ('TypeCast' in node) return writtenOid(node.TypeCast.arg);
  if ('A_Const' in node && node.A_Const.ival !== undefined) return node.A_Const.ival.ival ?? 0;
  const text = constantText(node);
  return text !== undefined && /^\d{1,10}$/u.test(text) ? Number(text) : null;
}
