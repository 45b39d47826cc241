import type { Analysis } from './analysis.ts';
import type { Frame } from './frame.ts';
import type { At } from './at.ts';
import { elementOf } from './reference.ts';
import { refusal } from './refusal.ts';
import { plainOf, requirePlain } from './value.ts';
import type { RowField, Value } from './value.ts';
import type { Inner, Node } from './tree.ts';

/**
 * `(row).field`, `array[1]` and chains of them. A field must be known: PostgreSQL would try one it does not know as the
 * name of a function.
 */
export function indirectionValue(a: Analysis, { inner, frame }: At<'A_Indirection'>): Value {
  if (inner.arg === undefined) throw refusal('0A000', 'indirection expected an expression');
  let value = a.expression(inner.arg, frame);
  for (const step of inner.indirection ?? []) {
    if ('A_Indices' in step) {
      const indices = step.A_Indices;
      a.seen.add(indices);
      requirePlain(value, 'a subscript');
      for (const bound of [indices.lidx, indices.uidx]) {
        if (bound !== undefined) requirePlain(a.expression(bound, frame), 'a subscript');
      }
      value = elementOf(value);
    } else value = fieldValue(a, value, step);
  }
  return value;
}

/** The columns of `(row).*` in a select list, or null when the expression does not end in a star. */
export function starFields(
  a: Analysis,
  inner: Inner<'A_Indirection'>,
  frame: Frame,
): readonly RowField[] | null {
  const steps = inner.indirection ?? [];
  const last = steps.at(-1);
  if (last === undefined || !('A_Star' in last)) return null;
  a.seen.add(inner);
  if (steps.length > 1 || inner.arg === undefined) throw refusal('0A000', '(…).* expected a row');
  const value = a.expression(inner.arg, frame);
  if (value.kind === 'row') return value.fields;
  throw refusal('0A000', '(…).* expected a row whose columns are known');
}

function fieldValue(a: Analysis, value: Value, step: Node): Value {
  const name = 'String' in step ? (step.String.sval ?? '') : null;
  if (name === null) throw refusal('0A000', 'a star is not supported here');
  if (value.kind === 'row') {
    const found = value.fields.filter((field) => field.name === name);
    if (found[0] !== undefined && found.length === 1) return found[0].value;
  }
  if (value.kind === 'plain') {
    const type = a.index.typeByOid(value.typeOid);
    const attribute = type?.attributes.find((each) => each.name === name);
    if (attribute !== undefined) return plainOf(attribute.typeOid);
  }
  throw refusal('42703', `field \`${name}\` is not known here`, {
    hint: 'functions are called as name(argument)',
  });
}
