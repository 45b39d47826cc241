import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { concat, fromHex, hex, utf8 } from '#base/bytes';
import {
  EMPTY_EDGE,
  bundlePath,
  consistencyRanges,
  decodeBundle,
  edgeFrom,
  edgeTiles,
  emptyRoot,
  encodeBundle,
  foldSubtrees,
  grow,
  hashIn,
  headOf,
  inclusionRanges,
  leafHash,
  nodeHash,
  provesConsistency,
  provesInclusion,
  readIndexPath,
  rootOf,
  subtreesOf,
  tileOf,
  tilePath,
  tilesOf,
  TILE_WIDTH,
} from './mod.ts';
import type { Edge, Range } from './mod.ts';

type Proof = { readonly index: number; readonly size: number; readonly hashes: readonly string[] };
type Vectors = {
  readonly roots: Readonly<Record<string, string>>;
  readonly inclusion: readonly Proof[];
  readonly consistency: readonly Proof[];
  readonly tiles: readonly { readonly path: string; readonly hash: string }[];
};

const file = new URL('../../../test/vectors/tlog.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;

/** A log in memory: its tiles by path, and its edge at every size that a batch ended with. */
type Log = { readonly tiles: ReadonlyMap<string, Uint8Array>; readonly edge: Edge };

function logOf(leaves: readonly Uint8Array[], batches: readonly number[] = [leaves.length]): Log {
  const tiles = new Map<string, Uint8Array>();
  let edge = EMPTY_EDGE;
  for (const batch of batches) {
    const grown = grow(edge, leaves.slice(edge.size, edge.size + batch));
    for (const { tile, bytes } of grown.tiles) tiles.set(tilePath(tile), bytes);
    edge = grown.edge;
  }
  return { tiles, edge };
}

function read({ tiles }: Log, path: string): Uint8Array {
  const bytes = tiles.get(path);
  assert.ok(bytes, `no tile ${path}`);
  return bytes;
}

function hashesFrom(log: Log, ranges: readonly Range[], size: number): readonly Uint8Array[] {
  return ranges.map((range) =>
    foldSubtrees(
      subtreesOf(range).map((subtree) =>
        hashIn(read(log, tilePath(tileOf(subtree, size))), subtree),
      ),
    ),
  );
}

/** RFC 6962 §2.1 word for word: the slow twin. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return emptyRoot();
  if (leaves.length === 1) return first;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

const leavesOf = (count: number) =>
  Array.from({ length: count }, (_, i) => leafHash(`{"index":${i}}`));

describe('a tree agrees with golang.org/x/mod/sumdb/tlog', () => {
  const leaves = leavesOf(70_000);
  const edges = new Map<number, Edge>();
  let log: Log;
  before(() => {
    const sizes = Object.keys(vectors.roots).map(Number);
    const tiles = new Map<string, Uint8Array>();
    let edge = EMPTY_EDGE;
    for (const size of sizes) {
      const grown = grow(edge, leaves.slice(edge.size, size));
      for (const one of grown.tiles) tiles.set(tilePath(one.tile), one.bytes);
      edge = grown.edge;
      edges.set(size, edge);
    }
    log = { tiles, edge };
  });

  test('on every root', () => {
    for (const [size, root] of Object.entries(vectors.roots)) {
      assert.equal(hex(rootOf(edges.get(Number(size)) ?? EMPTY_EDGE)), root, size);
    }
  });

  test('on every inclusion proof', () => {
    for (const { index, size, hashes } of vectors.inclusion) {
      const proof = hashesFrom(log, inclusionRanges(index, size), size);
      assert.deepEqual(proof.map(hex), hashes, `${index} in ${size}`);
      const leaf = leaves[index] ?? new Uint8Array();
      const root = fromHex(vectors.roots[size] ?? '');
      assert.ok(provesInclusion(proof, { index, size, leaf, root }));
    }
  });

  test('on every consistency proof', () => {
    for (const { index: old, size, hashes } of vectors.consistency) {
      const proof = hashesFrom(log, consistencyRanges(old, size), size);
      // tlog names the old root first when the old tree is one perfect subtree; RFC 6962 leaves it out.
      const written = proof.map(hex);
      assert.deepEqual(written, hashes, `${old} to ${size}`);
      const head = (at: number) => ({ size: at, root: fromHex(vectors.roots[at] ?? '') });
      assert.ok(provesConsistency(proof, head(old), head(size)));
    }
  });

  test('on every tile', () => {
    for (const { path, hash } of vectors.tiles) {
      assert.equal(hex(leafHash(read(log, path))), hash, path);
    }
  });
});

describe('a tree', () => {
  test('has the root of RFC 6962, however it grew', () => {
    const batches = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 8 });
    fc.assert(
      fc.property(batches, (sizes) => {
        const leaves = leavesOf(sizes.reduce((sum, size) => sum + size, 0));
        const grown = logOf(leaves, sizes);
        assert.equal(hex(rootOf(grown.edge)), hex(treeHash(leaves)));
        const again = edgeFrom(leaves.length, (tile) => read(grown, tilePath(tile)));
        assert.equal(hex(rootOf(again)), hex(rootOf(grown.edge)));
        assert.equal(again.size, headOf(grown.edge).size);
      }),
      { numRuns: 40 },
    );
  });

  test('gives proofs that hold, and none that hold for anything else', () => {
    const leaves = leavesOf(600);
    const log = logOf(leaves, [1, 254, 1, 1, 43, 212, 88]);
    const size = fc.constantFrom(1, 255, 256, 257, 300, 512, 600);
    fc.assert(
      fc.property(
        fc.record({ one: size, other: size, pick: fc.nat(599), flip: fc.nat() }),
        ({ one, other, pick, flip }) => {
          const [old, now] = [Math.min(one, other), Math.max(one, other)];
          const index = pick % now;
          const root = treeHash(leaves.slice(0, now));
          const claim = { index, size: now, leaf: leaves[index] ?? new Uint8Array(), root };
          const inclusion = hashesFrom(log, inclusionRanges(index, now), now);
          assert.ok(provesInclusion(inclusion, claim));
          const wrong = leafHash('not in the tree');
          assert.ok(!provesInclusion(inclusion, { ...claim, leaf: wrong }));
          assert.ok(!provesInclusion(inclusion, { ...claim, index: index + now }));
          assert.ok(!provesInclusion([...inclusion, root], claim));
          const first = { size: old, root: treeHash(leaves.slice(0, old)) };
          const second = { size: now, root };
          const consistency = hashesFrom(log, consistencyRanges(old, now), now);
          assert.ok(provesConsistency(consistency, first, second));
          assert.ok(!provesConsistency(consistency, { ...first, root: wrong }, second));
          assert.ok(!provesConsistency(consistency, first, { ...second, root: wrong }));
          assert.ok(!provesConsistency([...consistency, root], first, second));
          for (const [proof, holds] of [
            [inclusion, (p: readonly Uint8Array[]) => provesInclusion(p, claim)],
            [consistency, (p: readonly Uint8Array[]) => provesConsistency(p, first, second)],
          ] as const) {
            if (proof.length === 0) continue;
            const at = flip % proof.length;
            const bad = proof.map((hash, i) => (i === at ? nodeHash(hash, hash) : hash));
            assert.ok(!holds(bad));
            assert.ok(!holds(proof.toSpliced(at, 1)));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('names the tiles that a proof needs, and those it goes on from', () => {
    assert.deepEqual(edgeTiles(70_000).map(tilePath), [
      'tile/0/273.p/112',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ]);
    assert.deepEqual(edgeTiles(256).map(tilePath), ['tile/1/000.p/1']);
    assert.deepEqual(edgeTiles(0), []);
    const paths = tilesOf(inclusionRanges(300, 70_000), 70_000).map(tilePath);
    assert.deepEqual(
      new Set(paths),
      new Set(['tile/0/001', 'tile/1/000', 'tile/1/001.p/17', 'tile/0/273.p/112']),
    );
  });

  test('refuses tiles of a wrong width', () => {
    const { tiles } = logOf(leavesOf(300));
    const bytes = tiles.get('tile/0/001.p/44') ?? new Uint8Array();
    assert.throws(() => edgeFrom(300, () => bytes), { code: 'corrupt' });
    assert.throws(() => edgeFrom(300, () => bytes.subarray(1)), { code: 'corrupt' });
    assert.throws(() => hashIn(bytes, { height: 3, index: 37 }), { code: 'corrupt' });
    assert.throws(() => hashIn(new Uint8Array(), { height: 0, index: 0 }), { code: 'corrupt' });
  });
});

describe('paths', () => {
  test('are those of C2SP tlog-tiles, and no other spelling is read', () => {
    const width = TILE_WIDTH;
    assert.equal(tilePath({ level: 2, index: 1_234_067, width }), 'tile/2/x001/x234/067');
    assert.equal(bundlePath({ index: 1_000, width: 7 }), 'tile/entries/x001/000.p/7');
    for (const index of [0, 7, 999, 1_000, 999_999, 1_234_067, 2 ** 40]) {
      for (const wide of [1, 255, 256]) {
        const path = bundlePath({ index, width: wide }).slice('tile/entries/'.length);
        assert.deepEqual(readIndexPath(path), { index, width: wide });
      }
    }
    const bad = [
      '',
      '7',
      '0000',
      'x000/001',
      '001/002',
      '001.p/0',
      '001.p/256',
      '001.p/01',
      '001.p/300',
      '../001',
      `${'x999/'.repeat(8)}999`,
    ];
    for (const path of bad) assert.equal(readIndexPath(path), null, path);
  });
});

describe('bundles', () => {
  test('decode to what was encoded', () => {
    const entries = fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 256 });
    fc.assert(
      fc.property(entries, (list) => {
        assert.deepEqual(decodeBundle(encodeBundle(list)).map(hex), list.map(hex));
      }),
      { numRuns: 50 },
    );
  });

  test('that are cut, too long or hold too long an entry are refused', () => {
    const bundle = encodeBundle([utf8('one'), utf8('two')]);
    for (const cut of [1, 4, 6, 9]) {
      assert.throws(() => decodeBundle(bundle.subarray(0, cut)), { code: 'corrupt' });
    }
    const many = concat(...Array.from({ length: 257 }, () => Uint8Array.of(0, 0)));
    assert.throws(() => decodeBundle(many), { code: 'corrupt' });
    assert.throws(() => encodeBundle([new Uint8Array(65_536)]), { code: 'limit' });
  });
});
