/**
 * A log on disk as docs/formats/ledger-log.md has it, made without a database, and ways to harm it: what a verifier is
 * tried against. The same arguments make the same bytes. By hand: `node test/stand/log.ts <directory> <leaves>`.
 *
 * Beside the log: `policy` (two witnesses, both needed), `checkpoints/<size>` (earlier ones, cosigned), `trail` (what the
 * key service would have noted: a line of JSON for each unwrap) and `proofs/<index>.tlog-proof`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canonicalJson } from '#base/canonical';
import { utf8 } from '#base/bytes';
import {
  bundlePath,
  checkpointBody,
  cosignatureLine,
  cosignedMessage,
  decodeBundle,
  EMPTY_EDGE,
  encodeBundle,
  foldSubtrees,
  formatNote,
  formatProofFile,
  formatVkey,
  grow,
  hashIn,
  inclusionRanges,
  leafHash,
  rootOf,
  signerOf,
  subtreesOf,
  tileOf,
  tilePath,
} from '#engines/merkle';
import type { Edge } from '#engines/merkle';

export const STAND_ORIGIN = 'privet.example/stand';
const START_MS = 1_764_300_000_000;
/** One leaf in so many says that a key was unwrapped. */
const UNWRAP_EVERY = 50;
const ID = '0123456789abcdefghjkmnpqrs';

export type LogStand = {
  readonly directory: string;
  readonly vkey: string;
  readonly policy: string;
  readonly entries: readonly string[];
};

const logKey = signerOf('ed25519', STAND_ORIGIN, seedOf('log'));
const witnesses = ['w1', 'w2'].map((name) => {
  const signer = signerOf('cosignature', `${name}.example`, seedOf(name));
  return { name, signer, key: signer.key };
});

function seedOf(name: string): Uint8Array {
  return createHash('sha256').update(`privet test stand ${name}`).digest();
}

/** The entry of leaf i. */
export function standEntry(index: number): string {
  const common = { v: 1, plane: 'stand', time: START_MS + index * 1_000 };
  if (index % UNWRAP_EVERY === 0) {
    const scope = `source/src_${ID}`;
    return canonicalJson({
      ...common,
      kind: 'key-unwrapped',
      actor: { kind: 'plane' },
      scope,
      version: 1,
    });
  }
  const actor = { kind: 'subject', id: `sub_${ID}` };
  return canonicalJson({
    ...common,
    kind: 'logout',
    actor,
    session: `s${index}`,
    door: 'gateway',
    statements: index % 7,
    durationMicros: 5,
  });
}

/** Makes a log of so many leaves, with a checkpoint kept at each of the earlier sizes. */
export function makeLog(
  directory: string,
  { leaves, earlier = [] }: { readonly leaves: number; readonly earlier?: readonly number[] },
): LogStand {
  const entries = Array.from({ length: leaves }, (_, i) => standEntry(i));
  const sizes = [...new Set([...earlier.filter((size) => size < leaves), leaves])].toSorted(
    (a, b) => a - b,
  );
  let edge: Edge = EMPTY_EDGE;
  for (const size of sizes) {
    edge = extend(directory, { edge, entries: entries.slice(0, size) });
    write(directory, size === leaves ? 'checkpoint' : `checkpoints/${size}`, checkpointOf(edge));
  }
  const vkey = formatVkey(logKey.key);
  const policy = [
    `log ${vkey}`,
    ...witnesses.map(({ name, key }) => `witness ${name} ${formatVkey(key)}`),
    'group both all w1 w2',
    'quorum both',
    '',
  ].join('\n');
  write(directory, 'vkey', `${vkey}\n`);
  write(directory, 'policy', policy);
  write(directory, 'trail', trailOf(entries));
  for (const index of [0, 255, 256, leaves - 1].filter((one) => one >= 0 && one < leaves)) {
    write(directory, `proofs/${index}.tlog-proof`, proofOf(directory, { index, edge }));
  }
  return { directory, vkey, policy, entries };
}

function extend(
  directory: string,
  { edge, entries }: { readonly edge: Edge; readonly entries: readonly string[] },
): Edge {
  const grown = grow(edge, entries.slice(edge.size).map(leafHash));
  for (const { tile, bytes } of grown.tiles) write(directory, tilePath(tile), bytes);
  for (let index = Math.floor(edge.size / 256); index * 256 < entries.length; index++) {
    const part = entries.slice(index * 256, (index + 1) * 256).map(utf8);
    write(directory, bundlePath({ index, width: part.length }), encodeBundle(part));
  }
  return grown.edge;
}

/** A checkpoint of the tree, signed by the log and both witnesses. */
export function checkpointOf(edge: Edge, origin = STAND_ORIGIN): string {
  const text = checkpointBody({ origin, size: edge.size, root: rootOf(edge) });
  const timeSeconds = START_MS / 1_000 + edge.size;
  const own = { name: origin, keyId: logKey.key.id, signature: logKey.sign(utf8(text)) };
  const cosignatures = witnesses.map(({ key, signer }) => {
    const signature = signer.sign(cosignedMessage(text, timeSeconds));
    return cosignatureLine(key, { timeSeconds, signature });
  });
  return formatNote({ text, signatures: [own, ...cosignatures] });
}

function proofOf(directory: string, { index, edge }: { index: number; edge: Edge }): string {
  const hashes = inclusionRanges(index, edge.size).map((range) =>
    foldSubtrees(
      subtreesOf(range).map((subtree) =>
        hashIn(readFileSync(join(directory, tilePath(tileOf(subtree, edge.size)))), subtree),
      ),
    ),
  );
  return formatProofFile({ index, hashes, checkpoint: checkpointOf(edge) });
}

/** What a key service notes of each unwrap. */
function trailOf(entries: readonly string[]): string {
  const unwraps = entries.flatMap((entry) => {
    const leaf = JSON.parse(entry) as {
      kind: string;
      time: number;
      scope: string;
      version: number;
    };
    if (leaf.kind !== 'key-unwrapped') return [];
    return [
      `${canonicalJson({ atMs: leaf.time + 20, scope: leaf.scope, version: leaf.version })}\n`,
    ];
  });
  return unwraps.join('');
}

function write(directory: string, path: string, content: string | Uint8Array): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** Ways to harm a log; a verifier must refuse each. */
export const HARMS = [
  'flipped-entry',
  'dropped-tail',
  'swapped-entries',
  'flipped-tile',
  'missing-tile',
  'forked',
  'replayed',
  'other-origin',
  'no-quorum',
  'unlogged-unwrap',
] as const;
export type Harm = (typeof HARMS)[number];

/** Does that to the log. `replayed` needs an earlier checkpoint; `forked` leaves one log that is whole, but another. */
export function harmLog({ directory, entries }: LogStand, harm: Harm): void {
  const bundle = (change: (list: Uint8Array[]) => void) => {
    const width = entries.length % 256;
    const path = bundlePath({ index: Math.floor(entries.length / 256), width });
    const list = decodeBundle(readFileSync(join(directory, path))).map(
      (entry) => new Uint8Array(entry),
    );
    change(list);
    write(directory, path, encodeBundle(list));
  };
  const signatures = (keep: number) => {
    const lines = readFileSync(join(directory, 'checkpoint'), 'utf8').split('\n');
    write(directory, 'checkpoint', `${lines.slice(0, 4 + keep).join('\n')}\n`);
  };
  switch (harm) {
    case 'flipped-entry':
      return bundle((list) => list[0]?.set([(list[0][10] ?? 0) ^ 1], 10));
    case 'dropped-tail':
      return bundle((list) => list.pop());
    case 'swapped-entries':
      return bundle((list) => list.splice(0, 2, ...list.slice(0, 2).toReversed()));
    case 'flipped-tile':
      return flip(join(directory, someTile(directory)));
    case 'missing-tile':
      return rmSync(join(directory, someTile(directory)));
    case 'forked': {
      const other = [...entries.slice(0, -1), standEntry(entries.length + 1)];
      const edge = extend(directory, { edge: EMPTY_EDGE, entries: other });
      return write(directory, 'checkpoint', checkpointOf(edge));
    }
    case 'replayed': {
      const [first = ''] = readdirSync(join(directory, 'checkpoints'));
      return write(directory, 'checkpoint', readFileSync(join(directory, 'checkpoints', first)));
    }
    case 'other-origin': {
      const { edge } = grow(EMPTY_EDGE, entries.map(leafHash));
      return write(directory, 'checkpoint', checkpointOf(edge, 'privet.example/other'));
    }
    case 'no-quorum':
      return signatures(2);
    case 'unlogged-unwrap': {
      const more = canonicalJson({ atMs: START_MS + 5, scope: 'source/src_unlogged', version: 1 });
      return write(
        directory,
        'trail',
        `${readFileSync(join(directory, 'trail'), 'utf8')}${more}\n`,
      );
    }
  }
}

function someTile(directory: string): string {
  const [name = ''] = readdirSync(join(directory, 'tile/0')).filter((one) => /^\d{3}$/u.test(one));
  return `tile/0/${name}`;
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[5] = (bytes[5] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

if (process.argv[1] === import.meta.filename) {
  const [directory = '', leaves = ''] = process.argv.slice(2);
  if (directory === '' || !/^\d{1,7}$/u.test(leaves)) {
    console.error('usage: node test/stand/log.ts <directory> <leaves>');
    process.exitCode = 2;
  } else {
    const count = Number(leaves);
    const { vkey } = makeLog(directory, { leaves: count, earlier: [Math.floor(count / 2)] });
    console.log(vkey);
  }
}
