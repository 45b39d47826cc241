import type { Query, Ref, Test } from './queryworld.ts';

/** What is shown of a column of a record, as text; null where nothing is. */
export type Shown = (ref: Ref, record: string) => string | null;

/** Ids of the records that are there for the caller, by table. */
export type Records = Readonly<Record<'a' | 'b', readonly string[]>>;

type At = Readonly<Partial<Record<'a' | 'b', string>>>;

/** SQL's answer to a query by the book and as slow as can be: every combination of records, every test, every group. */
export function answerOf(
  query: Query,
  records: Records,
  shown: Shown,
): readonly (readonly (string | null)[])[] {
  const value = (ref: Ref, at: At) => shown(ref, at[ref.table] ?? '');
  const all: At[] = query.join
    ? records.a.flatMap((a) => records.b.map((b) => ({ a, b })))
    : records.a.map((a) => ({ a }));
  const name = (table: 'a' | 'b'): Ref => ({ table, column: 'name', level: 'DEFAULT' });
  const met = all.filter((at) => {
    if (query.join) {
      const left = value(name('a'), at);
      if (left === null || left !== value(name('b'), at)) return false;
    }
    return query.where === null || holds(query.where, (ref) => value(ref, at)) === true;
  });
  const { shape } = query;
  if (shape.kind === 'rows') return met.map((at) => shape.columns.map((ref) => value(ref, at)));
  const groups = new Map<string | null, At[]>();
  for (const at of met) {
    const key = value(shape.by, at);
    groups.set(key, [...(groups.get(key) ?? []), at]);
  }
  return [...groups].map(([key, members]) => {
    const counted = members.flatMap((at) => value(shape.counted, at) ?? []);
    const count = shape.distinct ? new Set(counted).size : counted.length;
    return [key, String(count), String(members.length)];
  });
}

/** Null is SQL's unknown. */
function holds(test: Test, value: (ref: Ref) => string | null): boolean | null {
  if (test.kind === 'null') return value(test.of) === null;
  if (test.kind === 'equal') {
    const text = value(test.of);
    return text === null ? null : test.values.includes(text);
  }
  if (test.kind === 'not') return negated(holds(test.of, value));
  const [left, right] = test.of.map((one) => holds(one, value));
  const deciding = test.kind === 'or';
  if (left === deciding || right === deciding) return deciding;
  return left === null || right === null ? null : !deciding;
}

function negated(truth: boolean | null): boolean | null {
  return truth === null ? null : !truth;
}
