import type { Analysis } from './analysis.ts';
import type { At } from './at.ts';
import { referenceCast } from './referencecast.ts';
import { castType } from './typecheck.ts';
import { NULL_VALUE, plainOf, requirePlain } from './value.ts';
import type { Value } from './value.ts';

const OID_TYPE = 26;

/** A cast: a masked column is not cast (it would be raw text in another coat), NULL stays NULL. */
export function castValue(a: Analysis, at: At<'TypeCast'>): Value {
  const { inner, frame } = at;
  const type = castType(a, inner.typeName);
  if (inner.arg === undefined) return NULL_VALUE;
  const value = a.expression(inner.arg, frame);
  requirePlain(value, 'a cast', inner.location);
  if (type.kind === 'reference') return referenceCast(a, at, { type, value });
  if (value.kind === 'null') return NULL_VALUE;
  if (type.array) return plainOf(0);
  const kept = value.kind === 'plain' && value.confined && type.oid === OID_TYPE;
  return kept ? { kind: 'plain', typeOid: OID_TYPE, confined: true } : plainOf(type.oid);
}
