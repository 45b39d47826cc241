import type { Json } from '#base/canonical';
import type { Id, IdPrefix } from '#base/ids';

/** What a field may carry across the border; there is no class for a row value or a query literal. */
export const FIELD_CLASSES = [
  'id',
  'name',
  'enum',
  'count',
  'measure',
  'time',
  'digest',
  'text-by-operator',
] as const;
export type FieldClass = (typeof FIELD_CLASSES)[number];

/** How the value of a field is limited, beside its class. */
export type FieldForm =
  | { readonly kind: 'pattern'; readonly pattern: RegExp; readonly bytesMax: number }
  | { readonly kind: 'text'; readonly bytesMax: number; readonly lines: 'one' | 'many' }
  | { readonly kind: 'statement'; readonly bytesMax: number }
  | { readonly kind: 'one-of'; readonly values: readonly (string | boolean)[] }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'rounded'; readonly digitsMax: number }
  | { readonly kind: 'document'; readonly bytesMax: number; readonly depthMax: number };

/** A leaf of a message: one value of one class. */
export type Field = {
  readonly kind: 'field';
  readonly class: FieldClass;
  readonly form: FieldForm;
};

export type RecordShape = {
  readonly kind: 'record';
  readonly fields: { readonly [name: string]: AnyShape };
};

/** The shape of a message or of a part of one; a closed description that code can walk. */
export type AnyShape =
  | Field
  | RecordShape
  | { readonly kind: 'list'; readonly of: AnyShape; readonly countMax: number }
  | {
      readonly kind: 'map';
      readonly keys: Field;
      readonly values: AnyShape;
      readonly countMax: number;
    }
  | { readonly kind: 'union'; readonly cases: { readonly [kind: string]: RecordShape } }
  | { readonly kind: 'nullable'; readonly of: AnyShape };

declare const checked: unique symbol;
/** A shape that remembers the type of the values it lets through; `T` exists for the compiler only. */
export type Shape<T> = AnyShape & { readonly [checked]?: T };
export type ValueOf<S> = S extends { readonly [checked]?: infer T } ? Exclude<T, undefined> : never;
type Fields = { readonly [name: string]: AnyShape };
type RecordOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** Largest whole number JSON carries without loss in every implementation. */
const COUNT_MAX = Number.MAX_SAFE_INTEGER;
/** The last moment an ECMAScript date can name, in milliseconds since 1970. */
const TIME_MS_MAX = 8_640_000_000_000_000;
const ID_BYTES_MAX = 80;

function field<T>(fieldClass: FieldClass, form: FieldForm): Shape<T> & Field {
  return { kind: 'field', class: fieldClass, form };
}

/** An id of one of these kinds, as `#base/ids` makes them. */
export function id<P extends IdPrefix>(...prefixes: readonly P[]): Shape<Id<P>> & Field {
  const pattern = new RegExp(`^(?:${prefixes.join('|')})_[0-9a-hjkmnp-tv-z]{26}$`, 'u');
  return field('id', { kind: 'pattern', pattern, bytesMax: ID_BYTES_MAX });
}

/** An id of another form, given by its pattern (anchored). */
export function idLike<T extends string = string>(pattern: RegExp): Shape<T> & Field {
  return field('id', { kind: 'pattern', pattern, bytesMax: ID_BYTES_MAX });
}

/** A name: one line, no control characters, at most `bytesMax` bytes of UTF-8. */
export function name(bytesMax: number): Shape<string> & Field {
  return field('name', { kind: 'text', bytesMax, lines: 'one' });
}

/** A name of a narrower form, given by its pattern (anchored); control characters are refused as in every name. */
export function nameLike(pattern: RegExp, bytesMax: number): Shape<string> & Field {
  return field('name', { kind: 'pattern', pattern, bytesMax });
}

/** One of a closed list. */
export function oneOf<const V extends string | boolean>(...values: readonly V[]): Shape<V> & Field {
  return field('enum', { kind: 'one-of', values });
}

/** A whole number from 0 (or `min`) to `max`. */
export function count(max: number = COUNT_MAX, min = 0): Shape<number> & Field {
  return field('count', { kind: 'integer', min, max });
}

/** A number over many rows, rounded to that many significant decimal digits; one with more is refused. */
export function measure(digitsMax: number): Shape<number> & Field {
  return field('measure', { kind: 'rounded', digitsMax });
}

/** A moment, in milliseconds since 1970-01-01 UTC. */
export function time(): Shape<number> & Field {
  return field('time', { kind: 'integer', min: 0, max: TIME_MS_MAX });
}

/** A digest, salt, public key or verifier of fixed form, given by its pattern (anchored). */
export function digest(pattern: RegExp, bytesMax: number): Shape<string> & Field {
  return field('digest', { kind: 'pattern', pattern, bytesMax });
}

/** A SHA-256 in lower-case hex. */
export function sha256Hex(): Shape<string> & Field {
  return digest(/^[0-9a-f]{64}$/u, 64);
}

/** Text that an operator of the customer wrote on purpose: a description, a comment, a reason. */
export function operatorText(bytesMax: number): Shape<string> & Field {
  return field('text-by-operator', { kind: 'text', bytesMax, lines: 'many' });
}

/** The text of a statement whose literals were replaced by `$1`, `$2` …; a literal left in it is refused. */
function statementText(bytesMax: number): Shape<string> & Field {
  return field('text-by-operator', { kind: 'statement', bytesMax });
}

/** A JSON document an operator wrote (a policy); its own engine checks what it says. */
export function operatorDocument<T extends Json>(bytesMax: number): Shape<T> & Field {
  return field('text-by-operator', { kind: 'document', bytesMax, depthMax: DOCUMENT_DEPTH_MAX });
}
/** Deeper than any policy document; bounds the recursion of whoever walks it. */
const DOCUMENT_DEPTH_MAX = 32;

/** Exactly these fields, all present: one too many or one too few is refused. */
export function record<const F extends Fields>(fields: F): Shape<RecordOf<F>> & RecordShape {
  return { kind: 'record', fields };
}

/** Up to `countMax` values of one shape. */
export function list<S extends AnyShape>(of: S, countMax: number): Shape<readonly ValueOf<S>[]> {
  return { kind: 'list', of, countMax };
}

/** Up to `countMax` named values of one shape. */
export function map<S extends AnyShape>(
  keys: Field,
  values: S,
  countMax: number,
): Shape<{ readonly [key: string]: ValueOf<S> }> {
  return { kind: 'map', keys, values, countMax };
}

/** One of several records, told apart by their field `kind`, which is the name of the case. */
export function union<const C extends { readonly [kind: string]: RecordShape }>(
  cases: C,
): Shape<CaseOf<C>> & { readonly kind: 'union'; readonly cases: C } {
  return { kind: 'union', cases };
}
type CaseOf<C> = { [K in keyof C & string]: { readonly kind: K } & ValueOf<C[K]> }[keyof C &
  string];

/** The value or null. */
export function nullable<S extends AnyShape>(
  of: S,
): Shape<ValueOf<S> | null> & { kind: 'nullable'; of: S } {
  return { kind: 'nullable', of };
}

/** The constructors under one name, for parts that describe messages of their own with them. */
export const shapes = {
  id,
  idLike,
  name,
  nameLike,
  oneOf,
  count,
  measure,
  time,
  digest,
  sha256Hex,
  operatorText,
  statementText,
  record,
  list,
  map,
  union,
  nullable,
} as const;
