import { createHash } from 'node:crypto';
import { unreachable } from '#base/assert';
import { canonicalJson, type Json } from '#base/canonical';
import type { KeyedMask } from '#engines/crypto';
import type { Decision, Mask, Show } from '#engines/policy';
import { maskScope } from '#plane/keys';
import type { ColumnRule, ColumnShow, Relation, RelationRule } from '#engines/sql';

/** A mask applied on the way out, and the scope of the key it needs. */
export type StreamMask = { readonly spec: KeyedMask; readonly scope: string };

/** What a decision means for one relation: the planner's rule, and the masks its `stream` columns stand for. */
export type Guard = {
  readonly rule: RelationRule;
  readonly masks: ReadonlyMap<string, StreamMask>;
};

/** text, varchar, bpchar: what a mask in the stream can be applied to, because text and binary format are the same bytes. */
const STREAM_TYPES: ReadonlySet<number> = new Set([25, 1043, 1042]);
/** The same without bpchar, whose `=` ignores trailing spaces. */
const INJECTIVE_TYPES: ReadonlySet<number> = new Set([25, 1043]);

const absent: Guard = { rule: { kind: 'absent' }, masks: new Map() };
const open: Guard = { rule: { kind: 'open' }, masks: new Map() };

/** The guard of a relation under a decision; null (nothing decided, nobody registered it) is absent, as is a denial. */
export function guardOf(relation: Relation, decision: Decision | null): Guard {
  if (decision === null || decision.effect === 'deny') return absent;
  const shown = new Map(decision.columns.map((column) => [column.name, column.show]));
  const masks = new Map<string, StreamMask>();
  const columns = relation.columns.map((column): ColumnRule => {
    const show = shown.get(column.name);
    // A column the catalog has and the bundle does not know is new: hidden until somebody has seen it.
    return {
      name: column.name,
      show: show === undefined ? { kind: 'hidden' } : columnShow(column, show, masks),
    };
  });
  const clear = columns.every((column) => column.show.kind === 'clear');
  if (clear && decision.filter === null) return open;
  const audience = digest({ decision: decision.audience, columns: columns as unknown as Json });
  return { rule: { kind: 'guarded', audience, filter: decision.filter, columns }, masks };
}

function columnShow(
  column: Relation['columns'][number],
  show: Show,
  masks: Map<string, StreamMask>,
): ColumnShow {
  if (show.kind !== 'mask') return show;
  const keyed = keyedMask(show.mask);
  if (keyed === null) {
    return {
      kind: 'sql',
      mask: show.mask as Extract<ColumnShow, { kind: 'sql' }>['mask'],
      where: show.where,
    };
  }
  // The policy engine keeps keyed masks to text without conditions; if the catalog disagrees, nothing is shown.
  if (show.where !== null || !STREAM_TYPES.has(column.typeOid)) {
    return { kind: 'sql', mask: { kind: 'null' }, where: null };
  }
  const mask = digest({ scope: keyed.scope, spec: keyed.spec as unknown as Json });
  masks.set(mask, keyed);
  const bitwise = column.deterministic && INJECTIVE_TYPES.has(column.typeOid);
  return { kind: 'stream', mask, injective: bitwise && keyed.spec.kind !== 'reversible' };
}

function keyedMask(mask: Mask): StreamMask | null {
  switch (mask.kind) {
    case 'hash':
    case 'reversible':
      return { spec: { kind: mask.kind }, scope: maskScope(mask.kind, mask.key) };
    case 'format-preserving': {
      const { key, ...spec } = mask;
      return { spec, scope: maskScope(mask.kind, key) };
    }
    case 'null':
    case 'constant':
    case 'partial':
    case 'regex':
    case 'round':
    case 'sql':
      return null;
    default:
      return unreachable(mask);
  }
}

function digest(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 40);
}
