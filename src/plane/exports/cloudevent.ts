import type { Json } from '#base/canonical';
import { actorOf } from './exportedleaf.ts';
import type { ExportedLeaf } from './exportedleaf.ts';

/**
 * A leaf as a CloudEvent 1.0 in structured form: `source` and `id` together name the leaf for ever, so that a receiver can
 * drop what comes twice. The attribute `leafhash` is ours, `sequence` that of the extension of the same name.
 */
export function cloudEvent(leaf: ExportedLeaf): { readonly [name: string]: Json } {
  const { index, fields, details } = leaf;
  const actor = actorOf(fields);
  return {
    specversion: '1.0',
    id: String(index),
    source: `/privet/planes/${fields.plane}/ledger`,
    type: `privet.ledger.${fields.kind}`,
    time: new Date(fields.time).toISOString(),
    ...(actor === null ? {} : { subject: actor }),
    sequence: String(index).padStart(16, '0'),
    leafhash: leaf.leafHash,
    datacontenttype: 'application/json',
    data: { chain: leaf.chain, entry: leaf.entry, details },
  };
}
