import type { Analysis } from './analysis.ts';
import type { CalledFunction } from './calledfunction.ts';
import { refusal } from './refusal.ts';
import type { Inner } from './tree.ts';
import { isVisibleOid, writtenOid } from './visible.ts';
import type { Value } from './value.ts';

/** Functions that tell about an object by its OID, whoever asks. */
const BY_OID =
  /^(pg_(get|index|indexam|relation|sequence|partition|column_is|basetype|opclass|describe)_|(sh)?obj_description$|col_description$|format_type$|pg_basetype$)/u;
const WITHOUT_OID = new Set(['pg_get_keywords']);

/** Whether a built-in function tells about the object whose OID is its first argument. */
export function describesByOid(name: string): boolean {
  return BY_OID.test(name) && !WITHOUT_OID.has(name);
}

type Call = {
  readonly inner: Inner<'FuncCall'>;
  readonly called: CalledFunction;
  readonly values: readonly Value[];
};

/** Throws `denied` when a function that describes objects is given an OID that did not come out of a filtered catalog. */
export function requireConfined(a: Analysis, { inner, called, values }: Call): void {
  if (!called.builtin || !describesByOid(called.name)) return;
  const [first] = values;
  if (first === undefined || first.kind === 'null') return;
  if ((first.kind === 'plain' && first.confined) || a.unrestricted()) return;
  const written = writtenOid(inner.args?.[0]);
  if (written !== null && isVisibleOid(a, written)) return;
  throw refusal(
    '42501',
    `function \`${called.name}\` expected a column of a catalog as its first argument`,
    {
      hint: 'select the OID from pg_class, pg_type or the catalog it belongs to',
      offset: inner.location,
    },
  );
}
