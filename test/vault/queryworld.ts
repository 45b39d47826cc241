import * as fc from 'fast-check';
import type { Json } from '#base/canonical';
import type { VaultProposal } from '#plane/vault';
import type { TestAccount, TestApi } from './api.ts';

/** Small vaults with small values, so that rows meet: generated for queries that must be answered alike everywhere. */
export type World = {
  readonly rows: Readonly<Record<TableName, readonly Row[]>>;
  /** Rule texts for the one who asks. */
  readonly rules: readonly string[];
};
export type TableName = 'a' | 'b';
export type ColumnName = (typeof COLUMNS)[number]['name'];
export type Row = Readonly<Partial<Record<ColumnName, Json>>>;

export const COLUMNS = [
  { name: 'name', type: 'string', exactIndex: true, redaction: 'PLAIN_TEXT' },
  {
    name: 'kind',
    type: 'string',
    redaction: 'MASKED',
    mask: { find: '^(.).*$', replace: '${1}*' },
  },
  { name: 'n', type: 'int32', exactIndex: true, redaction: 'PLAIN_TEXT' },
  { name: 'flag', type: 'bool', redaction: 'PLAIN_TEXT' },
  { name: 'note', type: 'string' },
] as const;

const VALUES: Readonly<Record<ColumnName, readonly Json[]>> = {
  name: ['x', 'y', 'z'],
  kind: ['ox', 'owl', 'ant'],
  n: [0, 1, 2],
  flag: [true, false],
  note: ['x', 'y'],
};

const columnName = fc.constantFrom(...COLUMNS.map(({ name }) => name));
const tableName = fc.constantFrom<TableName>('a', 'b');
const row = fc.record(
  Object.fromEntries(COLUMNS.map(({ name }) => [name, fc.constantFrom(...VALUES[name])])),
  { requiredKeys: [] },
) as fc.Arbitrary<Row>;
const rows = fc.array(
  row.map((one): Row => (Object.keys(one).length === 0 ? { n: 0 } : one)),
  { minLength: 2, maxLength: 8 },
);

const condition = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  tableName.map((table) => ` WHERE ${table}.n > 0`),
  tableName.map((table) => ` WHERE ${table}.name = 'x' OR ${table}.flag IS NULL`),
);
const rule = fc
  .record({
    effect: fc.constantFrom('ALLOW', 'ALLOW', 'ALLOW', 'ALLOW', 'ALLOW', 'DENY'),
    table: tableName,
    column: fc.oneof(columnName, fc.constant('*')),
    level: fc.constantFrom('PLAIN_TEXT', 'PLAIN_TEXT', 'MASKED', 'REDACTED', null),
    where: condition,
  })
  .map(({ effect, table, column, level, where }) => {
    const redaction = effect === 'DENY' || level === null ? '' : ` WITH REDACTION = ${level}`;
    const rowCondition = where.replaceAll(/\b[ab]\./gu, `${table}.`);
    return `${effect} READ ON ${table}.${column}${redaction}${rowCondition}`;
  });

export const world: fc.Arbitrary<World> = fc.record({
  rows: fc.record({ a: rows, b: rows }),
  rules: fc
    .tuple(
      fc.constantFrom(
        ['ALLOW READ ON a.*', 'ALLOW READ ON b.*'],
        ['ALLOW READ ON a.*', 'ALLOW READ ON b.name, b.n'],
        ['ALLOW READ ON a.*'],
        [],
      ),
      fc.array(rule, { minLength: 1, maxLength: 7 }),
    )
    .map(([base, more]) => [...base, ...more]),
});

/** The schema of every world. */
export function proposalOf(name: string): VaultProposal {
  const columns = COLUMNS.map((column) => ({ ...column }));
  return {
    name,
    tables: [
      { name: 'a', columns },
      { name: 'b', columns },
    ],
  };
}

/** The same vault whatever it is called, filled. */
export async function openWorld(
  api: TestApi,
  { rows: all }: Pick<World, 'rows'>,
  {
    name,
    owner,
    asker,
  }: { readonly name: string; readonly owner: TestAccount; readonly asker: TestAccount },
): Promise<string> {
  const { id } = await api.another(proposalOf(name));
  api.roleAt(id, 'VAULT_OWNER', [owner]);
  api.roleAt(id, 'asker', [asker]);
  for (const [table, content] of Object.entries(all)) {
    if (content.length === 0) continue;
    const body = { records: content.map((fields) => ({ fields })) };
    const answer = await api.ask(owner.apiKey, {
      method: 'POST',
      path: `/v1/vaults/${id}/${table}`,
      body,
    });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  }
  return id;
}

export function policyOf(name: string, rules: readonly string[]): string {
  return `apiVersion: privet/v1
kind: VaultPolicy
name: rules-of-${name}
vault: ${name}
roles: [asker]
rules:
${rules.map((text) => `  - ${JSON.stringify(text)}`).join('\n')}`;
}

/** A column as a query names it. */
export type Ref = { readonly table: TableName; readonly column: ColumnName; readonly level: Level };
export type Level = 'DEFAULT' | 'PLAIN_TEXT' | 'MASKED' | 'REDACTED';

export type Test =
  | { readonly kind: 'equal'; readonly of: Ref; readonly values: readonly string[] }
  | { readonly kind: 'null'; readonly of: Ref }
  | { readonly kind: 'not'; readonly of: Test }
  | { readonly kind: 'and' | 'or'; readonly of: readonly [Test, Test] };

export type Query = {
  /** What is joined to `a` by equal names, if anything. */
  readonly join: boolean;
  readonly where: Test | null;
  readonly shape:
    | { readonly kind: 'rows'; readonly columns: readonly Ref[] }
    | {
        readonly kind: 'groups';
        readonly by: Ref;
        readonly counted: Ref;
        readonly distinct: boolean;
      };
};

const level = fc.constantFrom<Level>('DEFAULT', 'DEFAULT', 'PLAIN_TEXT', 'MASKED', 'REDACTED');

function refIn(tables: readonly TableName[]): fc.Arbitrary<Ref> {
  return fc.record({ table: fc.constantFrom(...tables), column: columnName, level });
}

function testIn(tables: readonly TableName[]): fc.Arbitrary<Test> {
  const equal = refIn(tables).chain((of) =>
    fc
      .uniqueArray(fc.constantFrom(...VALUES[of.column].map(String)), {
        minLength: 1,
        maxLength: 2,
      })
      .map((values): Test => ({ kind: 'equal', of, values })),
  );
  return fc.letrec<{ test: Test }>((tie) => ({
    test: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      equal,
      refIn(tables).map((of): Test => ({ kind: 'null', of })),
      tie('test').map((of): Test => ({ kind: 'not', of })),
      fc
        .tuple(fc.constantFrom('and', 'or'), tie('test'), tie('test'))
        .map(([kind, left, right]): Test => ({ kind, of: [left, right] })),
    ),
  })).test;
}

export const query: fc.Arbitrary<Query> = fc.constantFrom(false, false, true).chain((join) => {
  const tables: readonly TableName[] = join ? ['a', 'b'] : ['a'];
  return fc.record({
    join: fc.constant(join),
    where: fc.option(testIn(tables), { freq: 1 }),
    shape: fc.oneof(
      fc.record({
        kind: fc.constant('rows' as const),
        columns: fc.array(refIn(tables), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constant('groups' as const),
        by: refIn(tables),
        counted: refIn(tables),
        distinct: fc.boolean(),
      }),
    ),
  });
});

/** Every column a query names. */
export function refsOf({ join, where, shape }: Query): readonly Ref[] {
  const joined: Ref[] = join
    ? (['a', 'b'] as const).map((table) => ({ table, column: 'name', level: 'DEFAULT' }))
    : [];
  const shown = shape.kind === 'rows' ? shape.columns : [shape.by, shape.counted];
  return [...joined, ...shown, ...(where === null ? [] : refsIn(where))];
}

function refsIn(test: Test): readonly Ref[] {
  if (test.kind === 'not') return refsIn(test.of);
  if (test.kind === 'equal' || test.kind === 'null') return [test.of];
  return test.of.flatMap((one) => refsIn(one));
}

export function sqlOf({ join, where, shape }: Query): string {
  const from = join ? 'a JOIN b ON a.name = b.name' : 'a';
  const condition = where === null ? '' : ` WHERE ${testSql(where)}`;
  if (shape.kind === 'rows') {
    const columns = shape.columns.map((ref, i) => `${refSql(ref)} AS c${i}`);
    return `SELECT ${columns.join(', ')} FROM ${from}${condition}`;
  }
  const counted = `count(${shape.distinct ? 'DISTINCT ' : ''}${refSql(shape.counted)})`;
  return `SELECT ${refSql(shape.by)} AS c0, ${counted} AS c1, count(*) AS c2 FROM ${from}${condition} GROUP BY 1`;
}

export function refSql({ table, column, level: at }: Ref): string {
  return at === 'DEFAULT' ? `${table}.${column}` : `REDACTION(${table}.${column}, '${at}')`;
}

function testSql(test: Test): string {
  if (test.kind === 'not') return `NOT (${testSql(test.of)})`;
  if (test.kind === 'null') return `${refSql(test.of)} IS NULL`;
  if (test.kind === 'equal') {
    const values = test.values.map((value) => `'${value}'`);
    if (values.length === 1) return `${refSql(test.of)} = ${values[0]}`;
    return `${refSql(test.of)} IN (${values.join(', ')})`;
  }
  return `(${testSql(test.of[0])} ${test.kind.toUpperCase()} ${testSql(test.of[1])})`;
}
