import { FINDINGS_MAX, finding } from './finding.ts';
import type { Finding, Report } from './finding.ts';
import type { Checkpoint } from './note.ts';
import { readBundle, readTile, TILE_HEIGHT, WIDTH } from './store.ts';
import type { Store } from './store.ts';
import { growingRoot, HASH_BYTES, leafHash, rootOfTile } from './tree.ts';

/** Versions of leaves there have been (docs/formats/ledger-leaf.md). */
const VERSIONS: readonly unknown[] = [1, 2];

/** One act, as it stands in the log. */
export type Leaf = { readonly index: number; readonly entry: Buffer; readonly body: Body };
export type Body = { readonly kind: string; readonly [field: string]: unknown };

export type Wanted = {
  readonly store: Store;
  readonly checkpoint: Checkpoint;
  /** Earlier checkpoints, believed already: the tree must have had their roots. */
  readonly earlier: readonly Checkpoint[];
  /** Told of every leaf from the minimum index on, in order. */
  readonly onLeaf: (leaf: Leaf) => void;
  /** Told how far it is, a bundle at a time. */
  readonly onProgress: (done: number) => void;
};

/**
 * Recomputes the tree of a checkpoint from its entries, and every tile of every level from the tiles below it
 * (docs/formats/ledger-log.md, 17 and 18).
 */
export function checkLog(wanted: Wanted): Report {
  const { store, checkpoint, earlier } = wanted;
  const minimum = minimumOf(store, checkpoint.size);
  const findings: Finding[] = [];
  const note = (where: string, what: string) => {
    if (findings.length < FINDINGS_MAX) findings.push(finding(where, what));
  };
  const tree = growingRoot();
  const sizes = new Map(Map.groupBy(earlier, ({ size }) => size));
  const compare = (size: number) => {
    for (const { root } of sizes.get(size) ?? []) {
      if (!root.equals(tree.root()))
        note(`earlier checkpoint of size ${size}`, 'this log does not continue it: it was forked');
    }
  };
  compare(0);
  let plane: unknown;
  let uppers: Buffer[] = [];
  for (let index = 0; index * WIDTH < checkpoint.size; index++) {
    const width = Math.min(WIDTH, checkpoint.size - index * WIDTH);
    const tile = readTile(store, { level: 0, index, width });
    if (tile === null) note(`tile 0/${index}`, 'it is missing or has the wrong length');
    const entries = (index + 1) * WIDTH <= minimum ? null : readBundle(store, index, width);
    if (entries === null && index * WIDTH + width > minimum) {
      note(`bundle ${index}`, 'it is missing, or has not the entries it should');
    }
    const hashes: Buffer[] = [];
    let asTold = tile !== null;
    for (let i = 0; i < width; i++) {
      const at = index * WIDTH + i;
      const entry = entries?.[i];
      const told = tile?.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      const made = entry === undefined ? undefined : leafHash(entry);
      if (made !== undefined && told !== undefined && !made.equals(told)) {
        note(`leaf ${at}`, 'its entry is not the one its hash was made of');
        asTold = false;
      }
      hashes.push(made ?? told ?? Buffer.alloc(HASH_BYTES));
      if (entry === undefined || at < minimum) continue;
      const body = bodyOf(entry);
      plane ??= body?.['plane'];
      if (body === null || !VERSIONS.includes(body['v']) || body['plane'] !== plane)
        note(`leaf ${at}`, 'it is no leaf of this plane');
      else wanted.onLeaf({ index: at, entry, body });
    }
    const root = width === WIDTH && tile !== null ? rootOfTile(tile) : null;
    const from = index * WIDTH;
    grow(tree, { from, hashes, root: asTold ? root : null }, { earlier, compare });
    if (width === WIDTH) uppers.push(root ?? Buffer.alloc(HASH_BYTES));
    wanted.onProgress(from + width);
  }
  for (let level = 1; uppers.length > 0; level++)
    uppers = checkLevel({ store, level, hashes: uppers, note });
  if (!tree.root().equals(checkpoint.root))
    note('checkpoint', 'its root is not the root of these entries');
  for (const { size } of earlier) {
    if (size > checkpoint.size)
      note(
        `earlier checkpoint of size ${size}`,
        `the log had more leaves than the ${checkpoint.size} it shows now`,
      );
  }
  return { findings, ...told(wanted, minimum) };
}

type Grown = {
  readonly from: number;
  readonly hashes: readonly Buffer[];
  /** Root of the tile, where every hash is one of the tile's. */
  readonly root: Buffer | null;
};

/** Lets the tree grow by a tile: by its root, which stands for all of it, unless the tree is to be looked at within. */
function grow(
  tree: ReturnType<typeof growingRoot>,
  { from, hashes, root }: Grown,
  looks: {
    readonly earlier: readonly Checkpoint[];
    readonly compare: (size: number) => void;
  },
): void {
  const isWithin = (size: number) => size > from && size < from + hashes.length;
  if (root !== null && !looks.earlier.some(({ size }) => isWithin(size))) {
    tree.push(root, TILE_HEIGHT);
    looks.compare(from + hashes.length);
    return;
  }
  for (const [i, one] of hashes.entries()) {
    tree.push(one);
    looks.compare(from + i + 1);
  }
}

function told({ checkpoint, earlier }: Wanted, minimum: number): Omit<Report, 'findings'> {
  const { size, origin } = checkpoint;
  const proved = [
    `${size - minimum} entries of \`${origin}\` are the ones its checkpoint was made of, in that order, none missing`,
    ...earlier.map(
      (one) => `the log of ${size} leaves continues the one of ${one.size} that was seen earlier`,
    ),
  ];
  const pruned = [`entries 0 to ${minimum - 1} are pruned: only their hashes were checked`];
  return { proved, unchecked: minimum === 0 ? [] : pruned };
}

type Level = {
  readonly store: Store;
  readonly level: number;
  readonly hashes: readonly Buffer[];
  readonly note: (where: string, what: string) => void;
};

/** Compares the tiles of one level with the roots of the full tiles below; gives the roots of its own full tiles. */
function checkLevel({ store, level, hashes, note }: Level): Buffer[] {
  const roots: Buffer[] = [];
  for (let index = 0; index * WIDTH < hashes.length; index++) {
    const part = Buffer.concat(hashes.slice(index * WIDTH, (index + 1) * WIDTH));
    const width = part.length / HASH_BYTES;
    const tile = readTile(store, { level, index, width });
    if (tile === null) note(`tile ${level}/${index}`, 'it is missing or has the wrong length');
    else if (!tile.equals(part))
      note(`tile ${level}/${index}`, 'it is not what the tiles below make');
    if (width === WIDTH) roots.push(rootOfTile(part));
  }
  return roots;
}

/** The first entry that is still there, as the log says. */
export function minimumOf(store: Store, size: number): number {
  const text = store('minimum')?.toString('latin1').trim() ?? '0';
  const minimum = /^\d{1,15}$/u.test(text) ? Number(text) : 0;
  return Math.min(minimum, size);
}

function bodyOf(entry: Buffer): Body | null {
  try {
    const body = JSON.parse(entry.toString('utf8')) as unknown;
    const plain = body !== null && typeof body === 'object' && !Array.isArray(body);
    return plain && typeof (body as Body).kind === 'string' ? (body as Body) : null;
  } catch {
    return null;
  }
}
