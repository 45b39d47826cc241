import { dirname, join } from 'node:path/posix';

/** The layers, lowest first; an import may only point to a lower layer, or within one where `ORDER` says so. */
export const LAYERS = [
  'base',
  'engines',
  'platform',
  'boundary',
  'plane',
  'control',
  'programs',
] as const;
export type Layer = (typeof LAYERS)[number];

/** Inside these layers a part may import the parts to its left; parts of other layers are strangers to each other. */
const ORDER: Partial<Record<Layer, readonly string[]>> = {
  // A queue is tables of the caller's database; the other parts of platform are strangers.
  platform: ['db', 'queue'],
  plane: [
    'ledger',
    'egress',
    'exports',
    'keys',
    'border',
    'sources',
    'gateway',
    'vault',
    'connections',
    'vaultquery',
    'vaultapi',
    'collector',
    'operator',
    'api',
  ],
  control: ['witness', 'identity', 'accounts', 'catalog', 'access', 'observe', 'grants', 'api'],
};

/** One room of the house: a folder with a doorway, a file of `base`, or the boundary itself. */
export type Room = { readonly layer: Layer; readonly part: string };

export function roomOf(path: string): Room | null {
  const [src, layer, part] = path.split('/');
  if (src !== 'src' || !(LAYERS as readonly string[]).includes(layer ?? '')) return null;
  if (layer === 'boundary') return { layer, part: 'boundary' };
  return { layer: layer as Layer, part: (part ?? '').replace(/\.ts$/u, '') };
}

/** The file an import names, as a path from the root; null for packages and Node's own modules. */
export function resolveImport(from: string, written: string): string | null {
  if (written.startsWith('.')) return join(dirname(from), written);
  if (written === '#boundary') return 'src/boundary/mod.ts';
  const base = /^#base\/(?<file>.+)$/u.exec(written)?.groups?.['file'];
  if (base !== undefined) return `src/base/${base}.ts`;
  const part = /^#(?<layer>engines|platform|plane|control)\/(?<part>.+)$/u.exec(written)?.groups;
  return part === undefined ? null : `src/${part['layer']}/${part['part']}/mod.ts`;
}

/** Why `from` may not import `to`, or null when it may. */
export function trespass(from: Room, to: Room): string | null {
  if (from.layer === to.layer && from.part === to.part) return null;
  // A program starts another as a process of its own; that names a file but runs none of its code here.
  if (from.layer === 'programs' && to.layer === 'programs') return null;
  const [fromRank, toRank] = [LAYERS.indexOf(from.layer), LAYERS.indexOf(to.layer)];
  if (to.layer === 'programs') return 'programs are not imported';
  if (from.layer === 'base') return to.layer === 'base' ? null : 'base imports nothing above it';
  if (from.layer === 'control' && to.layer === 'plane') return 'control never reaches plane';
  if (toRank < fromRank) return null;
  if (toRank > fromRank) return `${from.layer} is below ${to.layer}`;
  const order = ORDER[from.layer];
  if (order === undefined) return `parts of ${from.layer} are strangers`;
  const [left, right] = [order.indexOf(to.part), order.indexOf(from.part)];
  if (left < 0 || right < 0)
    return `${from.layer}/${left < 0 ? to.part : from.part} has no place in the order`;
  return left < right ? null : `${from.layer}/${to.part} comes after ${from.part}`;
}
