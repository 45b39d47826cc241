import type { FactOf } from '#boundary';
import { countIn, docIn, docOf, stringIn, textsIn } from './jsonvalue.ts';
import type { Doc } from './jsonvalue.ts';
import { nameFrom, ownersFrom, tagsFrom, wordFrom } from './leakgate.ts';
import type { TextGate } from './leakgate.ts';
import { typeFrom } from '../warehouse/typename.ts';

export type DbtNode = FactOf<'dbt-nodes'>['present'][number];
export type DbtTest = FactOf<'dbt-nodes'>['tests'][number];
type Check = DbtTest['check'];
type Dimension = DbtTest['dimension'];

/** How a project's texts are told. */
export type NodeGate = TextGate & {
  readonly target: string;
  /** Whether descriptions of this project may leave; they are free text. */
  readonly descriptions: boolean;
};

/** Limits of the border. */
const DEPENDS_MAX = 2_000;
const COLUMNS_MAX = 1_664;
const DESCRIPTION_CHARACTERS_MAX = 2_000;
/** Kinds of resources that are nodes of the catalogue; unit tests hold rows and are left out. */
const RESOURCES = new Set([
  'model',
  'seed',
  'snapshot',
  'source',
  'exposure',
  'metric',
  'semantic_model',
  'saved_query',
  'function',
  'analysis',
  'operation',
  'group',
]);

/** A node, source, exposure, metric or group of a manifest as control may know it; null for what is left out. */
export async function nodeFrom(gate: NodeGate, value: unknown): Promise<DbtNode | null> {
  const doc = docOf(value);
  const node = nameFrom(stringIn(doc, 'unique_id'), 400);
  const resource = stringIn(doc, 'resource_type') ?? '';
  const name = nameFrom(stringIn(doc, 'name'));
  if (node === null || name === null || !RESOURCES.has(resource)) return null;
  const config = docIn(doc, 'config');
  const materialized = wordFrom(stringIn(config, 'materialized'));
  return {
    node,
    resource,
    name,
    package: nameFrom(stringIn(doc, 'package_name')) ?? '',
    table: materialized === 'ephemeral' ? null : tableFrom(doc, resource),
    materialized,
    access: oneOf(stringIn(doc, 'access') ?? stringIn(config, 'access'), [
      'private',
      'protected',
      'public',
    ] as const),
    group: nameFrom(stringIn(doc, 'group') ?? stringIn(config, 'group')),
    owners: await ownersFrom(gate, ownerTexts(doc)),
    tags: tagsFrom([...textsIn(doc, 'tags'), ...textsIn(config, 'tags')]),
    description: described(gate, doc),
    dependsOn: textsIn(docIn(doc, 'depends_on'), 'nodes')
      .flatMap((id) => nameFrom(id, 400) ?? [])
      .slice(0, DEPENDS_MAX),
    columns: columnsFrom(gate, docIn(doc, 'columns')),
    exposure: resource === 'exposure' ? exposureFrom(doc) : null,
    freshness: resource === 'source' ? freshnessFrom(docIn(doc, 'freshness')) : null,
    rows: null,
    bytes: null,
  };
}

function tableFrom(doc: Doc, resource: string): DbtNode['table'] {
  if (!['model', 'seed', 'snapshot', 'source'].includes(resource)) return null;
  const schema = nameFrom(stringIn(doc, 'schema'));
  const name = nameFrom(
    stringIn(doc, 'alias') ?? stringIn(doc, 'identifier') ?? stringIn(doc, 'name'),
  );
  if (schema === null || name === null) return null;
  return { database: nameFrom(stringIn(doc, 'database')) ?? '', schema, name };
}

/** Everywhere dbt projects say who owns something. */
function ownerTexts(doc: Doc): readonly string[] {
  const [config, owner] = [docIn(doc, 'config'), docIn(doc, 'owner')];
  const meta = [docIn(doc, 'meta'), docIn(config, 'meta')];
  return [
    ...textsIn(owner, 'name'),
    ...textsIn(owner, 'email'),
    ...meta.flatMap((one) => [...textsIn(one, 'owner'), ...textsIn(one, 'owners')]),
  ];
}

/** Tab and line feed are fine, other control characters would forge lines. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/gu;

function described(gate: NodeGate, doc: Doc): string {
  if (!gate.descriptions) return '';
  const text = (stringIn(doc, 'description') ?? '').toWellFormed();
  return text.slice(0, DESCRIPTION_CHARACTERS_MAX).replaceAll(CONTROL, ' ');
}

function columnsFrom(gate: NodeGate, columns: Doc): DbtNode['columns'] {
  return Object.entries(columns)
    .slice(0, COLUMNS_MAX)
    .flatMap(([key, value]) => {
      const doc = docOf(value);
      const name = nameFrom(stringIn(doc, 'name') ?? key);
      if (name === null) return [];
      const type = typeFrom(stringIn(doc, 'data_type'));
      const tags = tagsFrom([...textsIn(doc, 'tags'), ...textsIn(docIn(doc, 'config'), 'tags')]);
      return [{ name, type, description: described(gate, doc), tags }];
    });
}

function exposureFrom(doc: Doc): DbtNode['exposure'] {
  const known = ['dashboard', 'notebook', 'analysis', 'ml', 'application'] as const;
  return {
    type: oneOf(stringIn(doc, 'type'), known) ?? 'other',
    maturity: oneOf(stringIn(doc, 'maturity'), ['high', 'medium', 'low'] as const),
  };
}

function freshnessFrom(doc: Doc): DbtNode['freshness'] {
  const warnAfterSeconds = periodSeconds(docIn(doc, 'warn_after'));
  const errorAfterSeconds = periodSeconds(docIn(doc, 'error_after'));
  return warnAfterSeconds === null && errorAfterSeconds === null
    ? null
    : { warnAfterSeconds, errorAfterSeconds };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

/** Seconds of dbt's `{ count, period }`, or null. */
export function periodSeconds(limit: Doc): number | null {
  const count = countIn(limit, 'count');
  const unit = UNIT_SECONDS[stringIn(limit, 'period') ?? ''];
  return count === null || unit === undefined ? null : count * unit;
}

/** Tests of dbt's own and of packages people use, by namespace and name. */
const CHECKS: Readonly<Record<string, readonly [Check, Dimension]>> = {
  not_null: ['not_null', 'completeness'],
  unique: ['unique', 'uniqueness'],
  accepted_values: ['accepted_values', 'validity'],
  relationships: ['relationships', 'consistency'],
  'dbt_utils.expression_is_true': ['expression', 'validity'],
  'dbt_utils.unique_combination_of_columns': ['unique', 'uniqueness'],
  'dbt_utils.equal_rowcount': ['row_count_match', 'consistency'],
  'elementary.volume_anomalies': ['anomaly', 'completeness'],
  'elementary.volume_threshold': ['volume_threshold', 'completeness'],
  'elementary.freshness_anomalies': ['anomaly', 'freshness'],
  'elementary.event_freshness_anomalies': ['anomaly', 'freshness'],
  'elementary.dimension_anomalies': ['anomaly', 'completeness'],
  'elementary.column_anomalies': ['anomaly', 'accuracy'],
  'elementary.all_columns_anomalies': ['anomaly', 'accuracy'],
  'elementary.table_anomalies': ['anomaly', 'completeness'],
  'elementary.schema_changes': ['schema_changes', 'validity'],
  'elementary.schema_changes_from_baseline': ['schema_changes', 'validity'],
  'elementary.json_schema': ['json_schema', 'validity'],
  'elementary.exposure_schema_validity': ['exposure_validity', 'validity'],
  'elementary.execution_sla': ['sla', 'freshness'],
  'elementary.data_freshness_sla': ['sla', 'freshness'],
};

/** What kind of check a test is, by where it is from and what it is called. */
export function checkOf(
  namespace: string | null,
  name: string | null,
): readonly [Check, Dimension] {
  if (name === null) return ['singular', 'none'];
  const full = namespace === null || namespace === 'dbt' ? name : `${namespace}.${name}`;
  return CHECKS[full] ?? ['generic', 'none'];
}

/** What a test is known by: a keyed digest, for dbt writes a test's arguments into its id. */
export async function testIdOf(
  gate: Pick<TextGate, 'digest'>,
  target: string,
  uniqueId: string,
): Promise<string> {
  const [digest = ''] = await gate.digest([JSON.stringify(['dbt-test', target, uniqueId])]);
  return digest;
}

/** A test of a manifest as control may know it: its name says kind and column; arguments are not in it. */
export async function testFromDbt(gate: NodeGate, value: unknown): Promise<DbtTest | null> {
  const doc = docOf(value);
  const uniqueId = stringIn(doc, 'unique_id');
  if (uniqueId === null || stringIn(doc, 'resource_type') !== 'test') return null;
  const metadata = docIn(doc, 'test_metadata');
  const generic = stringIn(metadata, 'name');
  const [check, dimension] = checkOf(stringIn(metadata, 'namespace'), generic);
  const column = nameFrom(
    stringIn(doc, 'column_name') ?? stringIn(docIn(metadata, 'kwargs'), 'column_name'),
  );
  const dependsOn = textsIn(docIn(doc, 'depends_on'), 'nodes')
    .flatMap((id) => nameFrom(id, 400) ?? [])
    .slice(0, DEPENDS_MAX);
  const attached =
    nameFrom(stringIn(doc, 'attached_node'), 400) ??
    (dependsOn.length === 1 ? (dependsOn[0] ?? null) : null);
  const config = docIn(doc, 'config');
  const severity =
    (stringIn(config, 'severity') ?? 'error').toLowerCase() === 'warn' ? 'normal' : 'high';
  const meta = docIn(config, 'meta');
  return {
    test: await testIdOf(gate, gate.target, uniqueId),
    name: testName({ generic, column, attached, own: nameFrom(stringIn(doc, 'name')) }),
    check,
    dimension:
      dimensionIn(
        stringIn(meta, 'quality_dimension') ?? stringIn(docIn(doc, 'meta'), 'quality_dimension'),
      ) ?? dimension,
    node: attached,
    column,
    severity,
    dependsOn,
    owners: await ownersFrom(gate, ownerTexts(doc)),
    tags: tagsFrom([...textsIn(doc, 'tags'), ...textsIn(config, 'tags')]),
  };
}

type TestNaming = {
  readonly generic: string | null;
  readonly column: string | null;
  readonly attached: string | null;
  readonly own: string | null;
};

/** A singular test has the name of its file; the name of a generic one is made of what it is and where. */
function testName({ generic, column, attached, own }: TestNaming): string {
  if (generic === null) return own ?? 'test';
  const model = attached?.split('.').at(-1) ?? '';
  return [nameFrom(generic, 100) ?? 'test', model.slice(0, 60), (column ?? '').slice(0, 60)]
    .filter((part) => part !== '')
    .join('.');
}

const DIMENSION_NAMES = [
  'completeness',
  'uniqueness',
  'validity',
  'consistency',
  'freshness',
  'accuracy',
] as const;

function dimensionIn(text: string | null): Dimension | null {
  return oneOf(text?.toLowerCase() ?? null, DIMENSION_NAMES);
}

export function oneOf<const V extends string>(text: string | null, known: readonly V[]): V | null {
  return known.find((word) => word === text) ?? null;
}

/** Rows and bytes a catalog artifact tells of a relation, and the types of its columns, in their order. */
export function statsFrom(
  value: unknown,
): Pick<DbtNode, 'rows' | 'bytes'> & { readonly types: ReadonlyMap<string, string> } {
  const doc = docOf(value);
  const stats = docIn(doc, 'stats');
  const stat = (...names: string[]) =>
    names.map((name) => countIn(docIn(stats, name), 'value')).find((found) => found !== null) ??
    null;
  const types = Object.entries(docIn(doc, 'columns'))
    .slice(0, COLUMNS_MAX)
    .toSorted(([, left], [, right]) => indexOf(left) - indexOf(right))
    .flatMap(([key, column]): [string, string][] => {
      const [name, type] = [nameFrom(key), typeFrom(stringIn(docOf(column), 'type'))];
      return name === null || type === null ? [] : [[name, type]];
    });
  return {
    rows: stat('row_count', 'num_rows', 'rows'),
    bytes: stat('bytes', 'num_bytes', 'size'),
    types: new Map(types),
  };
}

function indexOf(column: unknown): number {
  return countIn(docOf(column), 'index') ?? 0;
}
