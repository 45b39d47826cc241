import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import type { FactBody } from '#boundary';
import { statement, transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import { createArtifactReader } from './artifactreader.ts';
import type { Piece, Wanted } from './artifactreader.ts';
import type { CollectorSettings, Person } from '../context.ts';
import { openStage, takeStaged, takeStats, testsOf } from './dbtcatalogue.ts';
import type { StagedNode, Stats } from './dbtcatalogue.ts';
import { takeDbtLineage } from './dbtlineage.ts';
import { nodeFrom, statsFrom, testFromDbt } from './dbtnode.ts';
import type { NodeGate } from './dbtnode.ts';
import {
  executionFrom,
  freshnessFrom,
  freshnessResults,
  invocationFrom,
  runResultFacts,
} from './dbtresult.ts';
import type { Execution, FreshnessFound, Job } from './dbtresult.ts';
import { docOf, momentIn, stringIn } from './jsonvalue.ts';
import { nameFrom } from './leakgate.ts';
import { pieces } from '../tell.ts';
import { knownNames } from './textgate.ts';

const NOTE = statement(import.meta.url, '../sql/note-upload.sql');
const PRUNE = statement(import.meta.url, '../sql/prune-uploads.sql');

export const ARTIFACTS = ['manifest', 'run-results', 'catalog', 'sources'] as const;
export type Artifact = (typeof ARTIFACTS)[number];

/** What is loaded where, and what may be told of it. */
export type Upload = {
  /** Name of the warehouse the project builds in, registered here or not. */
  readonly target: string;
  readonly artifact: Artifact;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly descriptions: boolean;
  readonly job: Job;
};

export type Loaded = {
  /** `known`: this very file was loaded before; `stale`: a newer manifest of the project was. */
  readonly state: 'loaded' | 'known' | 'stale';
  readonly facts: number;
  readonly bytes: number;
};

/** Uncompressed; the largest manifests that are known have some hundred megabytes. */
const ARTIFACT_BYTES_MAX = 2 * 1024 * 1024 * 1024;
/** What is unpacked may be so many times what came; dbt's own artifacts pack to a tenth, zeros to a thousandth. */
const INFLATION_MAX = 100;
/** As much may be unpacked whatever the proportion: small files of much of the same are none of a bomb. */
const INFLATION_FREE_BYTES = 16 * 1024 * 1024;
/** Nodes, results or relations in one artifact; the largest projects that are known have some ten thousand. */
const ARTIFACT_ITEMS_MAX = 250_000;
/** Nodes written to the stage at once. */
const BATCH_NODES = 200;
/** The same file again is known this long. */
const KNOWN_MS = 90 * 24 * 60 * 60 * 1_000;

const WANTED: Readonly<Record<Artifact, Wanted>> = {
  manifest: {
    metadata: 'whole',
    nodes: 'members',
    sources: 'members',
    exposures: 'members',
    metrics: 'members',
    groups: 'members',
    semantic_models: 'members',
    saved_queries: 'members',
    functions: 'members',
  },
  'run-results': { metadata: 'whole', args: 'whole', elapsed_time: 'whole', results: 'items' },
  catalog: { metadata: 'whole', nodes: 'members', sources: 'members' },
  sources: { metadata: 'whole', results: 'items' },
};

/**
 * Loads one artifact from its bytes, gzipped or not, in one transaction: what it says and the facts about it are there
 * together, or not at all. Throws `invalid` for a file that is broken or ends too soon; nothing of it is kept then.
 */
export async function loadArtifact(
  settings: CollectorSettings,
  upload: Upload,
  actor: Person,
): Promise<Loaded> {
  const gate = gateOf(settings, upload);
  const sum = createHash('sha256');
  let bytes = 0;
  const read = readPieces(upload, (chunk) => {
    sum.update(chunk);
    bytes += chunk.length;
  });
  const loaded = await transaction(settings.pool, async (tx): Promise<Loaded> => {
    // The pool's own limit is for short statements; the time of an upload is bounded by its request.
    await tx.query('set local statement_timeout = 0');
    const facts = await factsFrom(settings, tx, { upload, gate, read });
    const digest = sum.digest('hex');
    const { rowCount } = await tx.query(NOTE, [
      upload.target,
      upload.artifact,
      digest,
      settings.clock(),
    ]);
    if (rowCount !== 1) throw KNOWN;
    if (facts === null) return { state: 'stale', facts: 0, bytes };
    await tx.query(PRUNE, [settings.clock() - KNOWN_MS]);
    await settings.border.store(tx, facts);
    await settings.ledger.append(tx, {
      kind: 'artifacts-loaded',
      actor,
      warehouse: upload.target,
      artifact: upload.artifact,
      digest,
      bytes,
      facts: facts.length,
    });
    return { state: 'loaded', facts: facts.length, bytes };
  }).catch((thrown: unknown) => {
    if (thrown === KNOWN) return { state: 'known', facts: 0, bytes } as const;
    throw thrown;
  });
  settings.border.wake();
  return loaded;
}

/** Undoes the transaction of a file that was loaded before; never leaves this file. */
const KNOWN = new Problem('conflict', 'the artifact was loaded before');

function gateOf(settings: CollectorSettings, { target, descriptions }: Upload): NodeGate {
  return { digest: settings.digest, known: knownNames(settings), target, descriptions };
}

async function* readPieces(
  { artifact, bytes }: Upload,
  onChunk: (chunk: Uint8Array) => void,
): AsyncGenerator<readonly Piece[]> {
  const reader = createArtifactReader(WANTED[artifact]);
  let sizeBytes = 0;
  let items = 0;
  for await (const chunk of unzipped(bytes)) {
    sizeBytes += chunk.length;
    if (sizeBytes > ARTIFACT_BYTES_MAX) {
      throw new Problem('limit', `artifact expected at most ${ARTIFACT_BYTES_MAX} bytes`);
    }
    onChunk(chunk);
    const found = reader.push(chunk);
    items += found.length;
    if (items > ARTIFACT_ITEMS_MAX) {
      throw new Problem('limit', `artifact expected at most ${ARTIFACT_ITEMS_MAX} items`);
    }
    if (found.length > 0) yield found;
  }
  reader.end();
}

/** The bytes themselves, or what they unpack to when they begin as gzip does (RFC 1952). */
async function* unzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  let packedBytes = 0;
  const all = (async function* rest() {
    let next: IteratorResult<Uint8Array> = first;
    for (; next.done !== true; next = await chunks.next()) {
      packedBytes += next.value.length;
      yield next.value;
    }
  })();
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* all;
    return;
  }
  let unpackedBytes = 0;
  for await (const chunk of gunzipped(all)) {
    unpackedBytes += chunk.length;
    if (unpackedBytes > Math.max(INFLATION_FREE_BYTES, packedBytes * INFLATION_MAX)) {
      throw new Problem('limit', `gzip expected at most ${INFLATION_MAX} times its own size`, {
        hint: 'load the file unpacked',
      });
    }
    yield chunk;
  }
}

async function* gunzipped(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacked = createGunzip();
  // What ends the upload ends what is unpacked of it; the loop below is where it is heard of.
  const piped = pipeline(packed, unpacked).catch(() => undefined);
  try {
    for await (const chunk of unpacked) yield chunk as Uint8Array;
  } catch (cause) {
    throw new Problem('invalid', 'artifact expected gzip to its end', { cause });
  } finally {
    unpacked.destroy();
    await piped;
  }
}

type Reading = {
  readonly upload: Upload;
  readonly gate: NodeGate;
  readonly read: AsyncGenerator<readonly Piece[]>;
};

function factsFrom(
  settings: CollectorSettings,
  tx: Transaction,
  reading: Reading,
): Promise<readonly FactBody[] | null> {
  switch (reading.upload.artifact) {
    case 'manifest':
      return manifestFacts(settings, tx, reading);
    case 'run-results':
      return resultFacts(settings, tx, reading);
    case 'catalog':
      return catalogFacts(settings, tx, reading);
    case 'sources':
      return sourceFacts(settings, reading);
  }
  return unreachable(reading.upload.artifact);
}

async function manifestFacts(
  settings: CollectorSettings,
  tx: Transaction,
  { upload, gate, read }: Reading,
): Promise<readonly FactBody[] | null> {
  const stage = await openStage(tx);
  let metadata = docOf(null);
  let batch: StagedNode[] = [];
  for await (const found of read) {
    for (const { top, value } of found) {
      if (top === 'metadata') metadata = docOf(value);
      else batch.push(...(await stagedFrom(gate, value)));
    }
    if (batch.length < BATCH_NODES) continue;
    await stage.add(batch);
    batch = [];
  }
  await stage.add(batch);
  const project = nameFrom(stringIn(metadata, 'project_name')) ?? upload.target;
  const generatedMs = momentIn(metadata, 'generated_at') ?? settings.clock();
  const of = { target: upload.target, project, origin: 'dbt', generatedMs } as const;
  const head = { timeMs: settings.clock() };
  const facts = await takeStaged(tx, of, head);
  // Nodes come first: what tables are is known before what they are made of.
  return facts === null ? null : [...facts, ...(await takeDbtLineage(tx, of, head))];
}

async function stagedFrom(gate: NodeGate, value: unknown): Promise<readonly StagedNode[]> {
  const test = await testFromDbt(gate, value);
  if (test !== null) return [{ kind: 'test', record: test }];
  const node = await nodeFrom(gate, value);
  return node === null ? [] : [{ kind: 'node', record: node, code: codeFrom(value) }];
}

/** Zero characters are no text to a database. */
function codeFrom(value: unknown): string | null {
  return stringIn(docOf(value), 'compiled_code')?.toWellFormed().replaceAll('\0', ' ') ?? null;
}

async function resultFacts(
  settings: CollectorSettings,
  tx: Transaction,
  { upload, gate, read }: Reading,
): Promise<readonly FactBody[]> {
  const whole = new Map<string, unknown>();
  const executions: Execution[] = [];
  for await (const found of read) {
    for (const { top, value } of found) {
      if (top !== 'results') whole.set(top, value);
      else executions.push(...[await executionFrom(gate, value)].filter((one) => one !== null));
    }
  }
  const parts = { metadata: docOf(whole.get('metadata')), args: docOf(whole.get('args')) };
  const invocation = await invocationFrom(gate, { ...parts, elapsed: whole.get('elapsed_time') });
  const ids = executions.flatMap((one) => (one.kind === 'test' ? [one.test] : []));
  const tests = await testsOf(tx, upload.target, ids);
  const head = { timeMs: settings.clock(), warehouse: upload.target };
  return runResultFacts(gate, { invocation, job: upload.job, executions, tests }, head);
}

async function catalogFacts(
  settings: CollectorSettings,
  tx: Transaction,
  { upload, read }: Reading,
): Promise<readonly FactBody[]> {
  const stats = new Map<string, Stats>();
  for await (const found of read) {
    for (const { top, key, value } of found) {
      if (top === 'metadata') continue;
      const { types, ...told } = statsFrom(value);
      const order = [...types.keys()];
      stats.set(key, { ...told, types: Object.fromEntries(types), order });
    }
  }
  return takeStats(tx, { target: upload.target, stats }, { timeMs: settings.clock() });
}

async function sourceFacts(
  settings: CollectorSettings,
  { upload, gate, read }: Reading,
): Promise<readonly FactBody[]> {
  let metadata = docOf(null);
  const found: FreshnessFound[] = [];
  for await (const some of read) {
    for (const { top, value } of some) {
      if (top === 'metadata') metadata = docOf(value);
      else found.push(...[await freshnessFrom(gate, value)].filter((one) => one !== null));
    }
  }
  const { id } = await invocationFrom(gate, {
    metadata,
    args: { which: 'freshness' },
    elapsed: null,
  });
  const results = await freshnessResults(gate, found, id);
  const head = { timeMs: settings.clock(), warehouse: upload.target };
  return pieces(results).map(
    (some) => ({ kind: 'source-freshness', ...head, results: some }) as const,
  );
}
