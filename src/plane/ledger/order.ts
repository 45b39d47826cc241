import type { Json } from '#base/canonical';
import type { AnyShape } from '#boundary';

type Members = readonly (readonly [key: string, shape: AnyShape | null])[];
type Plain = { readonly [key: string]: Json };
type Union = Extract<AnyShape, { kind: 'union' }>;

/**
 * A copy of a checked leaf whose members stand in canonical order, so that the engine's own `JSON.stringify` gives
 * canonical JSON: six times as fast as sorting every object anew, and the ledger writes tens of thousands a second.
 * The shape says the order; `canonicalJson` is the law it is tested against. Keys are never integers, which
 * ECMAScript would put first.
 */
export function inOrder(shape: AnyShape, value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (shape.kind === 'nullable') return inOrder(shape.of, value);
  if (shape.kind === 'list')
    return (value as readonly Json[]).map((item) => inOrder(shape.of, item));
  const members = shape.kind === 'union' ? caseOf(shape, value as Plain) : membersOf(shape);
  const copy: { [key: string]: Json } = {};
  for (const [key, inner] of members) {
    const member = (value as Plain)[key] ?? null;
    copy[key] = inner === null ? member : inOrder(inner, member);
  }
  return copy;
}

const known = new WeakMap<AnyShape, Members>();

function membersOf(shape: AnyShape): Members {
  return known.get(shape) ?? remember(shape, []);
}

function caseOf(shape: Union, value: Plain): Members {
  const kind = value['kind'];
  const found = typeof kind === 'string' ? shape.cases[kind] : undefined;
  if (found === undefined) return [];
  return known.get(found) ?? remember(found, [['kind', null]]);
}

function remember(shape: AnyShape, tag: Members): Members {
  const fields: Members = shape.kind === 'record' ? Object.entries(shape.fields) : [];
  const members = [...tag, ...fields].sort(([left], [right]) => (left < right ? -1 : 1));
  known.set(shape, members);
  return members;
}
