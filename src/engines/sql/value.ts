import type { Origin } from './plan.ts';
import { isReferenceType } from './referencetype.ts';
import { refusal } from './refusal.ts';

/**
 * What an expression carries, as far as protection is concerned. `plain` may be used for anything. `stream` is raw
 * and is masked on the way out, so almost nothing may be done with it. `row` is a whole row.
 */
export type Value =
  | {
      readonly kind: 'plain';
      /** OID of the type where it is known, else 0. */
      readonly typeOid: number;
      /** An OID, or a name, that came unchanged out of a filtered catalog, so it names nothing hidden. */
      readonly confined: boolean;
    }
  | { readonly kind: 'null' }
  | StreamValue
  | { readonly kind: 'row'; readonly fields: readonly RowField[] };

export type StreamValue = {
  readonly kind: 'stream';
  readonly mask: string;
  readonly injective: boolean;
  readonly typeOid: number;
  /** The type with its modifier, as format_type gives it. */
  readonly type: string;
  readonly origin: Origin | null;
};

export type RowField = { readonly name: string; readonly value: Value };

export const PLAIN: Value = { kind: 'plain', typeOid: 0, confined: false };
export const NULL_VALUE: Value = { kind: 'null' };

export function plainOf(typeOid: number): Value {
  return typeOid === 0 ? PLAIN : { kind: 'plain', typeOid, confined: false };
}

/** Whether raw values of a stream column can be inside: the column itself, or a row that holds one. */
export function carriesStream(value: Value): boolean {
  if (value.kind === 'stream') return true;
  return value.kind === 'row' && value.fields.some((field) => carriesStream(field.value));
}

const ALLOWED_USES =
  'it can be selected, counted, grouped, made distinct, tested for NULL, and compared with columns under the same mask';

/** Throws `denied` when the value is masked on the way out, because `use` would see what is under the mask. */
export function requirePlain(value: Value, use: string, offset?: number): void {
  if (!carriesStream(value)) return;
  throw refusal('42501', `masked column expected not to be used in ${use}`, {
    hint: ALLOWED_USES,
    offset,
  });
}

/** Throws `denied` unless equality of masked values is equality of raw ones, which grouping and DISTINCT need. */
export function requireInjective(value: Value, use: string, offset?: number): void {
  if (value.kind === 'row') return requirePlain(value, use, offset);
  if (value.kind !== 'stream' || value.injective) return;
  throw refusal('42501', `masked column expected not to be used in ${use}`, {
    hint: 'its mask can give different texts for equal values; it can be selected, counted and tested for NULL',
    offset,
  });
}

/**
 * Checks a comparison for equality: between columns under the same injective mask it is the same on raw and on
 * masked values; anything else about a masked column is refused.
 */
export function requireEqualMasks(left: Value, right: Value, offset?: number): void {
  if (!carriesStream(left) && !carriesStream(right)) return;
  if (left.kind === 'null' || right.kind === 'null') return;
  if (left.kind !== 'stream' || right.kind !== 'stream') {
    throw refusal(
      '42501',
      'masked column expected to be compared only with columns under the same mask',
      {
        hint: 'the values you see are tokens: join on the column, or keep the token and compare it on your side',
        offset,
      },
    );
  }
  requireInjective(left, 'a comparison', offset);
  requireInjective(right, 'a comparison', offset);
  if (left.mask === right.mask) return;
  throw refusal('42501', 'columns under different masks expected not to be compared', {
    hint: 'a project with masked joins gives the columns of its sources one mask',
    offset,
  });
}

const OID_TYPE = 26;

/** What one column of UNION, INTERSECT or EXCEPT carries; `distinct` when equal rows are compared. Throws `denied`. */
export function combineArms(left: Value, right: Value, distinct: boolean): Value {
  if (!carriesStream(left) && !carriesStream(right)) return merged(left, right);
  const streams = [left, right].filter((value) => value.kind === 'stream');
  const others = [left, right].filter((value) => value.kind !== 'stream' && value.kind !== 'null');
  const [first, second] = streams;
  if (
    others.length > 0 ||
    first === undefined ||
    (second !== undefined && first.mask !== second.mask)
  ) {
    throw refusal('42501', 'arms of a set operation expected the same mask in the same column', {
      hint: 'select columns under the same mask, or NULL, in every arm',
    });
  }
  if (distinct)
    for (const stream of streams) requireInjective(stream, 'a set operation that compares rows');
  return { ...first, injective: streams.every((stream) => stream.injective), origin: null };
}

function merged(left: Value, right: Value): Value {
  if (left.kind === 'null') return right.kind === 'row' ? PLAIN : right;
  if (right.kind === 'null') return left.kind === 'row' ? PLAIN : left;
  if (left.kind !== 'plain' || right.kind !== 'plain') return PLAIN;
  // An OID on the left makes OIDs of the right; the other way round it would become a name (parse_coerce.c).
  if (left.typeOid === OID_TYPE && isReferenceType(right.typeOid)) {
    return { ...left, confined: left.confined && right.confined };
  }
  if (left.typeOid !== right.typeOid) refuseReferences([left.typeOid, right.typeOid]);
  return {
    kind: 'plain',
    typeOid: left.typeOid === right.typeOid ? left.typeOid : 0,
    confined: left.confined && right.confined,
  };
}

/** Beside a value that names an object, a text in another arm would be looked up. */
function refuseReferences(typeOids: readonly number[]): void {
  if (!typeOids.some(isReferenceType)) return;
  throw refusal('42501', 'arms of a set operation expected the same type of names of objects', {
    hint: 'cast the column to text or oid in every arm',
  });
}
