import { unreachable } from '#base/assert';
import type { Json } from '#base/canonical';
import { cloudEvent } from './cloudevent.ts';
import type { ExportedLeaf } from './exportedleaf.ts';
import { ocsfEvent } from './ocsfevent.ts';

/** How leaves can be written: as the ledger has them, as OCSF events, as CloudEvents. */
export const EXPORT_FORMATS = ['leaf', 'ocsf', 'cloudevents'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A leaf in a format, as one JSON text in ASCII on one line: what is no ASCII is escaped, for receivers that assume a character set. */
export function formatted(leaf: ExportedLeaf, format: ExportFormat): string {
  return JSON.stringify(written(leaf, format)).replaceAll(/[\u{7f}-\u{10ffff}]/gu, (character) =>
    character.split('').map(escaped).join(''),
  );
}

/** One UTF-16 unit, as JSON escapes it. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function written(leaf: ExportedLeaf, format: ExportFormat): { readonly [name: string]: Json } {
  switch (format) {
    case 'leaf': {
      const { fields: _, ...rest } = leaf;
      return rest;
    }
    case 'ocsf':
      return ocsfEvent(leaf);
    case 'cloudevents':
      return cloudEvent(leaf);
    default:
      return unreachable(format);
  }
}
