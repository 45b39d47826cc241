/** Random queries over the fixture that carry masked columns through everything SQL has, and sometimes misuse them. */

/** A column of a generated FROM item: whether it comes from a masked one is what the test asks of the planner. */
type Column = { readonly ref: string };
type Item = { readonly text: string; readonly alias: string; readonly columns: readonly string[] };

export type Random = () => number;

/** A small seeded generator (mulberry32), so that a failure names its query by one number. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Builder = { readonly random: Random; next: number };

/** One query, the same for the same seed. */
export function generateQuery(seed: number): string {
  const builder = { random: seeded(seed), next: 0 };
  return statement(builder, 3);
}

function pick<T>(builder: Builder, list: readonly T[]): T {
  const item = list[Math.floor(builder.random() * list.length)];
  if (item === undefined) throw new Error('a choice expected something to choose from');
  return item;
}

const chance = (builder: Builder, share: number) => builder.random() < share;

function fresh(builder: Builder, letter: string): string {
  builder.next += 1;
  return `${letter}${builder.next}`;
}

const TABLES: Readonly<Record<string, readonly string[]>> = {
  patient: ['id', 'name', 'email', 'ssn', 'tenant', 'code', 'born'],
  orders: ['id', 'patient_id', 'email', 'total'],
  event: ['id', 'kind', 'ssn'],
  plain: ['id', 'label', 'other'],
};

function statement(b: Builder, depth: number): string {
  if (depth > 0 && chance(b, 0.25)) return withQuery(b, depth);
  if (depth > 0 && chance(b, 0.25)) return setOperation(b, depth);
  return select(b, depth).text;
}

function withQuery(b: Builder, depth: number): string {
  const name = fresh(b, 'w');
  const { text, width } = select(b, depth - 1);
  const columns = Array.from({ length: width }, (_, i) => `c${i + 1}`);
  const kept = pick(b, ['', ' materialized', ' not materialized']);
  const inner = `with ${name}(${columns.join(', ')}) as${kept} (${text})`;
  const from = chance(b, 0.5) ? name : `${name} x, ${name} y`;
  const first = from === name ? name : 'x';
  const target = columns.map((column) => `${first}.${column}`).join(', ');
  return `${inner} select ${chance(b, 0.2) ? '*' : target} from ${from}`;
}

function setOperation(b: Builder, depth: number): string {
  const columns = pick(b, [['email'], ['ssn', 'id'], ['id'], ['email', 'id']]);
  const arm = () => {
    const tables = Object.entries(TABLES).filter(([, own]) =>
      columns.every((c) => own.includes(c)),
    );
    const [table] = pick(b, tables);
    if (chance(b, 0.1)) return `select ${columns.map(() => 'null').join(', ')}`;
    if (chance(b, 0.3))
      return `select ${columns.join(', ')} from (${select(b, depth - 1, [table]).star}) s`;
    return `select ${columns.join(', ')} from ${table}`;
  };
  const operator = pick(b, ['union', 'union all', 'intersect', 'except', 'union all']);
  const text = `${arm()} ${operator} ${arm()}`;
  return chance(b, 0.5) ? text : `select * from (${text}) u`;
}

type Select = { readonly text: string; readonly star: string; readonly width: number };

function select(
  b: Builder,
  depth: number,
  tables: readonly string[] = Object.keys(TABLES),
): Select {
  const from = fromClause(b, depth, tables);
  const columns = from.flatMap((item) =>
    item.columns.map((name) => ({ ref: `${item.alias}.${name}` })),
  );
  const fromText = from.map((item) => item.text).join(', ');
  const where = chance(b, 0.4) ? ` where ${condition(b, columns, depth)}` : '';
  const star = `select * from ${fromText}${where}`;
  if (chance(b, 0.2)) return { ...grouped(b, columns, fromText + where), star };
  const width = 1 + Math.floor(b.random() * 3);
  const targets = Array.from({ length: width }, () => target(b, columns));
  const distinct = chance(b, 0.15) ? 'distinct ' : '';
  const order = chance(b, 0.15) ? ` order by ${pick(b, columns).ref}` : '';
  const limit = chance(b, 0.2) ? ' limit 5' : '';
  return {
    text: `select ${distinct}${targets.join(', ')} from ${fromText}${where}${order}${limit}`,
    star,
    width,
  };
}

function grouped(b: Builder, columns: readonly Column[], rest: string) {
  const keys = [pick(b, columns).ref, pick(b, columns).ref].slice(
    0,
    1 + Math.floor(b.random() * 2),
  );
  const counted = pick(b, columns).ref;
  const aggregate = pick(b, [
    'count(*)',
    `count(${counted})`,
    `count(distinct ${counted})`,
    `max(${counted})`,
  ]);
  const by = chance(b, 0.2) ? `rollup (${keys.join(', ')})` : keys.join(', ');
  return {
    text: `select ${keys.join(', ')}, ${aggregate} from ${rest} group by ${by}`,
    width: keys.length + 1,
  };
}

function fromClause(b: Builder, depth: number, tables: readonly string[]): readonly Item[] {
  const first = fromItem(b, depth, tables);
  if (!chance(b, 0.3)) return [first];
  if (chance(b, 0.5)) return [first, fromItem(b, depth, tables)];
  return [joined(b, depth, first)];
}

function fromItem(b: Builder, depth: number, tables: readonly string[]): Item {
  const alias = fresh(b, 't');
  const table = pick(b, tables);
  const columns = TABLES[table] ?? [];
  if (depth <= 0 || chance(b, 0.5)) return { text: `${table} as ${alias}`, alias, columns };
  if (chance(b, 0.5)) return { text: `(select * from ${table}) as ${alias}`, alias, columns };
  const inner = select(b, depth - 1, [table]);
  const names = Array.from({ length: inner.width }, (_, i) => `k${i + 1}`);
  return { text: `(${inner.text}) as ${alias}(${names.join(', ')})`, alias, columns: names };
}

function joined(b: Builder, depth: number, left: Item): Item {
  const right = fromItem(b, depth, Object.keys(TABLES));
  const shared = left.columns.filter((name) => right.columns.includes(name));
  const kind = pick(b, ['join', 'left join', 'right join', 'full join']);
  const alias = fresh(b, 'j');
  if (shared.length > 0 && chance(b, 0.5)) {
    const using = pick(b, shared);
    const text = `(${left.text} ${kind} ${right.text} using (${using})) as ${alias}`;
    const rest = [...left.columns, ...right.columns].filter((name) => name !== using);
    const unique = rest.filter((name) => rest.filter((other) => other === name).length === 1);
    return { text, alias, columns: [using, ...unique] };
  }
  const on = `${left.alias}.${pick(b, left.columns)} = ${right.alias}.${pick(b, right.columns)}`;
  return { ...left, text: `${left.text} ${kind} ${right.text} on ${on}` };
}

function target(b: Builder, columns: readonly Column[]): string {
  const { ref } = pick(b, columns);
  const [range = ''] = ref.split('.');
  if (chance(b, 0.7)) return ref;
  return pick(b, [
    `${ref}::text`,
    `upper(${ref}::text)`,
    `coalesce(${ref}, null)`,
    `${ref} is null`,
    `(${range}).${ref.split('.')[1]}`,
    `row_number() over (partition by ${ref})`,
    `(select max(${ref}))`,
    `array[${ref}]`,
    `row_to_json(${range})`,
    `case when ${ref} is null then ${ref} end`,
    '*',
  ]);
}

function condition(b: Builder, columns: readonly Column[], depth: number): string {
  const [one, two] = [pick(b, columns).ref, pick(b, columns).ref];
  const simple = [
    `${one} is not null`,
    `${one} = ${two}`,
    `${one} <> ${two}`,
    `${one} is distinct from ${two}`,
    `${one} in (${two}, ${one})`,
    `exists (select 1 from orders e where e.email = ${one})`,
    `${one} in (select email from orders)`,
    `${one} in (select ssn from event)`,
    `not (${one} is null)`,
  ];
  const bad = [
    `${one}::text like '%1%'`,
    `${one} > ${two}`,
    `length(${one}::text) > 3`,
    `${one} in ('a')`,
  ];
  const text = chance(b, 0.15) ? pick(b, bad) : pick(b, simple);
  return depth > 0 && chance(b, 0.2) ? `${text} and ${condition(b, columns, depth - 1)}` : text;
}
