/**
 * Random SQL over the attempts' database, from a seed. It is written to try things, not to be right: expressions mix
 * columns of any type through casts, operators and functions, so that about half of what comes out fails somewhere,
 * because an error is an answer too and must be the same for both databases.
 */
export type Dice = { (below: number): number };

/** A small fast generator (mulberry32): same seed, same queries. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What an expression is meant to be; one in twelve is something else, on purpose. */
type Kind = 'text' | 'number' | 'date' | 'truth' | 'other';

const KINDS: readonly Kind[] = ['text', 'number', 'date', 'truth', 'other'];
const CUSTOMERS = {
  text: ['region', 'name', 'email', 'contact', 'ssn', 'card', 'notes', 'code'],
  number: ['id', 'salary', 'credit'],
  date: ['born', 'seen'],
  other: ['tier', 'labels', 'profile'],
};
const TABLES: Readonly<Record<string, Partial<Record<Kind, readonly string[]>>>> = {
  'shop.customers': CUSTOMERS,
  'shop.orders': { number: ['id', 'customer_id', 'amount'], date: ['placed'], text: ['remark'] },
  'shop.claims': { number: ['id'], text: ['ssn', 'diagnosis'] },
  'shop.events': { number: ['id'], date: ['at'], text: ['region', 'payload'] },
  'shop.events_2025': { number: ['id'], date: ['at'], text: ['region', 'payload'] },
  'shop.lookup': { text: ['code', 'label'] },
  'secret.payroll': { number: ['id', 'pay'], text: ['name'] },
  'shop.customer_names': { number: ['id'], text: ['name', 'email'] },
};
const LITERALS: Record<Kind, readonly string[]> = {
  text: ["'a'", "'C'", "'%'", "'EU'", "'US'", "''", "'C************'"],
  number: ['0', '1', '-1', '3', '3.5', 'null'],
  date: ["date '2026-01-01'", "date '1900-01-01'", 'null::date'],
  truth: ['true', 'false', 'null'],
  other: ["'{}'::jsonb", "array['x']", "'gold'::shop.tier", 'null'],
};
/** `T`, `N`, `D`, `B`, `O` stand for an inner expression of that kind. */
const FORMS: Record<Kind, readonly string[]> = {
  text: [
    'upper(T)',
    'reverse(T)',
    'T || T',
    'md5(T)',
    'coalesce(T, T)',
    'case when B then T else T end',
    '(N)::text',
    '(D)::text',
    '(O)::text',
    'substr(T, N::int)',
    'left(T, 2)',
    'initcap(T)',
    'nullif(T, T)',
    'quote_literal(T)',
    'to_json(T)::text',
    'split_part(T, T, 1)',
    'greatest(T, T)',
    'replace(T, T, T)',
    'pg_typeof(T)::text',
    "encode(T::bytea, 'hex')",
    'T collate "C"',
  ],
  number: [
    'length(T)',
    'N + N',
    'N - N',
    'N * N',
    'N / N',
    'N % N',
    '(T)::int',
    'abs(N)',
    'coalesce(N, N)',
    'case when B then N else N end',
    'extract(year from D)',
    'position(T in T)',
    'ascii(T)',
    'trunc(N)',
    'round(N, 1)',
    'sqrt(N)',
    'hashtext(T)',
    'array_length(array[T], 1)',
    'width_bucket(N, 0, 100000000, 10)',
  ],
  date: [
    "date_trunc('month', D)",
    'D',
    '(T)::date',
    'coalesce(D, D)',
    "D + interval '1 day'",
    'case when B then D else D end',
    'greatest(D, D)',
  ],
  truth: [
    'T = T',
    'T <> T',
    'T < T',
    'T like T',
    'T ~ T',
    'N = N',
    'N > N',
    'N between N and N',
    'D > D',
    'D = D',
    'T is null',
    'N is not null',
    'O is null',
    'B and B',
    'B or B',
    'not B',
    'T in (T, T)',
    'T is distinct from T',
    'starts_with(T, T)',
    '(T)::boolean',
    'T = any (array[T, T])',
  ],
  other: [
    'to_jsonb(T)',
    'array[T]',
    'array[N]',
    'O',
    'jsonb_build_object(1, T)',
    'row(T, N)',
    "string_to_array(T, '-')",
    '(T)::jsonb',
    '(T)::uuid',
    '(T)::shop.tier',
  ],
};
const AGGREGATES = [
  'count(X)',
  'max(T)',
  'min(N)',
  'sum(N)',
  'avg(N)',
  'array_agg(X)',
  'json_agg(X)',
  'bool_or(B)',
  'stddev(N)',
  'count(distinct X)',
  "string_agg(T, ',')",
  'min(D)',
  'count(*)',
  'count(*) filter (where B)',
  'mode() within group (order by X)',
];

type Scope = readonly {
  readonly alias: string;
  readonly columns: Partial<Record<Kind, readonly string[]>>;
}[];

export function query(roll: Dice): string {
  return select(roll, 2);
}

function select(roll: Dice, depth: number): string {
  const scope = from(roll);
  const grouped = roll(4) === 0;
  const list = Array.from({ length: 1 + roll(4) }, () =>
    grouped ? aggregate(roll, scope) : expression(roll, scope, 1 + roll(2)),
  ).join(', ');
  const key = column(roll, scope);
  const parts = [
    `select ${roll(8) === 0 ? 'distinct ' : ''}${grouped ? `${key}, ${list}` : list}`,
    `from ${scope.map((item) => item.alias).join(', ')}`,
    roll(2) === 0 ? `where ${condition(roll, scope, depth)}` : '',
    grouped ? `group by ${key}` : '',
    roll(3) === 0 ? `order by ${roll(2) === 0 ? '1' : expression(roll, scope, 1)}` : '',
  ];
  const text = parts.filter((part) => part !== '').join(' ');
  return wrap(roll, text, depth);
}

function wrap(roll: Dice, text: string, depth: number): string {
  if (depth === 0) return text;
  switch (roll(12)) {
    case 0:
      return `with w as (${text}) select * from w`;
    case 1:
      return `select count(*) from (${text}) q`;
    case 2:
      return `${text.includes('order by') ? `(${text})` : text} union all ${select(roll, 0)}`;
    case 3:
      return `explain (costs off) ${text}`;
    case 4:
      return `select exists (${text})`;
    case 5:
      return `select (${text})`;
    default:
      return text;
  }
}

/** Tables are listed as `name alias`, so that the alias doubles as the FROM item's text. */
function from(roll: Dice): Scope {
  const names = Object.keys(TABLES);
  return Array.from({ length: 1 + (roll(3) === 0 ? 1 : 0) }, (_, index) => {
    const name = roll(2) === 0 ? 'shop.customers' : (names[roll(names.length)] ?? 'shop.lookup');
    return { alias: `${name} t${index}`, columns: TABLES[name] ?? {} };
  });
}

function column(roll: Dice, scope: Scope, kind: Kind | null = null): string {
  const at = roll(scope.length);
  const columns = scope[at]?.columns ?? {};
  const names = (kind === null ? null : columns[kind]) ?? Object.values(columns).flat();
  return `t${at}.${names[roll(names.length)]}`;
}

function condition(roll: Dice, scope: Scope, depth: number): string {
  if (depth > 0 && roll(5) === 0) return `exists (${select(roll, 0)})`;
  if (depth > 0 && roll(6) === 0) return `${column(roll, scope)} in (${select(roll, 0)})`;
  return filled(roll, scope, { kind: 'truth', depth: 2 });
}

function aggregate(roll: Dice, scope: Scope): string {
  return fill(roll, scope, { form: AGGREGATES[roll(AGGREGATES.length)] ?? 'count(*)', depth: 1 });
}

function expression(roll: Dice, scope: Scope, depth: number): string {
  return filled(roll, scope, { kind: KINDS[roll(KINDS.length)] ?? 'text', depth });
}

function filled(
  roll: Dice,
  scope: Scope,
  wish: { readonly kind: Kind; readonly depth: number },
): string {
  const kind = roll(12) === 0 ? (KINDS[roll(KINDS.length)] ?? 'text') : wish.kind;
  if (wish.depth === 0 || roll(4) === 0) {
    const literals = LITERALS[kind];
    return roll(4) === 0 ? (literals[roll(literals.length)] ?? 'null') : column(roll, scope, kind);
  }
  const forms = FORMS[kind];
  return fill(roll, scope, { form: forms[roll(forms.length)] ?? 'T', depth: wish.depth - 1 });
}

function fill(
  roll: Dice,
  scope: Scope,
  wish: { readonly form: string; readonly depth: number },
): string {
  const letters: Readonly<Record<string, Kind>> = {
    T: 'text',
    N: 'number',
    D: 'date',
    B: 'truth',
    O: 'other',
  };
  return wish.form.replaceAll(/\b[TNDBOX]\b/gu, (letter) => {
    const inner = filled(roll, scope, {
      kind: letters[letter] ?? KINDS[roll(KINDS.length)] ?? 'text',
      depth: wish.depth,
    });
    return /^[\w.]+$/u.test(inner) ? inner : `(${inner})`;
  });
}
