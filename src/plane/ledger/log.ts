import type { Clock } from '#base/clock';
import { Problem, problemFrom } from '#base/problem';
import {
  formatNote,
  formatProofFile,
  formatVkey,
  meetsQuorum,
  provesInclusion,
  readIndexPath,
  witnessesOf,
} from '#engines/merkle';
import type { Note, TrustPolicy } from '#engines/merkle';
import type { BlobStore } from '#platform/blob';
import type { Pool } from '#platform/db';
import type { KeyProvider } from '#platform/kms';
import { openLogKey } from './logkey.ts';
import { openLogTree } from './logtree.ts';
import { checkPublished, keepCosignature, noteOf, publish } from './published.ts';
import { createSequencer, lastSigned } from './sequencer.ts';
import type { Signed } from './sequencer.ts';
import { createWaitingRoom } from './waitingroom.ts';
import { createWitnessRound } from './witnessround.ts';
import type { AskWitness } from './witnessround.ts';

export type LogSettings = {
  readonly pool: Pool;
  readonly plane: string;
  readonly clock: Clock;
  /** Where tiles, bundles and the checkpoint lie: its own, with nothing else in it. */
  readonly blobs: BlobStore;
  readonly keyService: KeyProvider;
  readonly formerKeyServices?: readonly KeyProvider[];
  /** Name of the log for ever. */
  readonly origin: string;
  /** Witnesses and how many of them it takes; its `log` lines are not read. */
  readonly witnesses: TrustPolicy;
  readonly askWitness: AskWitness;
  /** Without anybody waiting, leaves are signed this often. */
  readonly everyMs?: number;
  /** How long `covered` waits. */
  readonly coverTimeoutMs?: number;
  /** Told of what went wrong beside a call. */
  readonly onFault?: (problem: Problem) => void;
};

/** A checkpoint that is signed, cosigned by a quorum, and published. */
export type Covered = {
  readonly size: number;
  readonly root: Uint8Array;
  readonly signedAtMs: number;
  /** The checkpoint as it is published, with its signatures. */
  readonly note: string;
  /** Names of the witnesses that cosigned it. */
  readonly witnesses: readonly string[];
};

export type Log = {
  /** The public key, for policies and verifiers. */
  readonly vkey: string;
  /**
   * Resolves once a published checkpoint covers the leaf, which must be in the ledger already. Rejects `unavailable` when
   * none does in time, `corrupt` when the log cannot be signed any more.
   */
  covered(index: number): Promise<Covered>;
  /** The newest checkpoint that is published, null before the first. */
  newest(): Covered | null;
  /** The proof that the leaf is in the log, a C2SP tlog-proof; throws `not-found` when no checkpoint covers it. */
  proof(index: number): Promise<string>;
  /** What lies at a path below the log's prefix, or null. */
  resource(path: string): Promise<Uint8Array | null>;
  /** Ends the rounds; the pool and the store are the caller's. */
  close(): Promise<void>;
};

const EVERY_MS = 1_000;
const COVER_TIMEOUT_MS = 10_000;

/**
 * Opens the log over the ledger of a plane (docs/formats/ledger-log.md). Throws `corrupt` when what is published is not
 * what the database and the tiles say: then nothing is signed, for it could be a second history.
 */
export async function openLog(settings: LogSettings): Promise<Log> {
  const { pool, plane, clock, blobs } = settings;
  const onFault = settings.onFault ?? (() => undefined);
  const signer = await openLogKey({ ...settings, nowMs: clock() });
  const { key } = signer;
  const tree = openLogTree(blobs);
  await checkPublished({ blobs, key, tree }, await lastSigned(pool));
  const sequencer = createSequencer({ pool, plane, clock, signer, tree });
  const round = createWitnessRound({
    tree,
    witnesses: settings.witnesses.witnesses,
    ask: settings.askWitness,
    onRefusal: (_witness, problem) => onFault(problem),
  });
  let newest: Covered | null = null;
  let tidied: Promise<void> = Promise.resolve();

  async function advance(): Promise<void> {
    const { signed, tiles } = await sequencer.step();
    if (signed !== null && signed.size !== newest?.size) await believe(signed);
    // Nobody waits for it: hundreds of files may go when a tile is full.
    tidied = tidied.then(() => tree.tidy(tiles)).catch((thrown) => onFault(problemFrom(thrown)));
  }

  async function believe(signed: Signed): Promise<void> {
    const own = await noteOf(pool, key, signed);
    for (const line of await round.ask(signed, own)) await keepCosignature(pool, signed.size, line);
    const note = await noteOf(pool, key, signed);
    const witnesses = namesIn(settings.witnesses, signed, note);
    if (!meetsQuorum(settings.witnesses, witnesses)) throw noQuorum(signed.size, witnesses);
    await publish({ pool, blobs, key }, signed.size, note);
    newest = { ...signed, note: formatNote(note), witnesses };
  }

  const room = createWaitingRoom({
    advance,
    covered: () => newest?.size ?? 0,
    timeoutMs: settings.coverTimeoutMs ?? COVER_TIMEOUT_MS,
    onFault,
  });
  const timer = setInterval(() => room.nudge(), settings.everyMs ?? EVERY_MS);
  timer.unref();
  room.nudge();

  return {
    vkey: formatVkey(key),
    async covered(index) {
      await room.wait(index);
      return coveringOf(newest, index);
    },
    newest: () => newest,
    async proof(index) {
      const covered = coveringOf(newest, index);
      const hashes = await tree.inclusion(index, covered.size);
      const leaf = await tree.leaf(index, covered.size);
      if (!provesInclusion(hashes, { ...covered, index, leaf })) {
        throw new Problem('corrupt', `log tiles do not prove leaf ${index}`, {
          hint: 'compare with a back-up of the directory of the log',
        });
      }
      return formatProofFile({ index, hashes, checkpoint: covered.note });
    },
    resource: (path) => (isResource(path) ? blobs.get(path) : Promise.resolve(null)),
    async close() {
      clearInterval(timer);
      await room.close();
      await tidied;
    },
  };
}

function namesIn(policy: TrustPolicy, { size, root }: Signed, note: Note): readonly string[] {
  return witnessesOf(policy, { checkpoint: { origin: '', size, root }, note });
}

function coveringOf(newest: Covered | null, index: number): Covered {
  if (newest !== null && index < newest.size) return newest;
  throw new Problem('not-found', `no checkpoint covers leaf ${index}`, {
    hint: 'leaves are covered within a second or two of being written',
  });
}

function noQuorum(size: number, witnesses: readonly string[]): Problem {
  const got = witnesses.length === 0 ? 'none' : witnesses.join(', ');
  return new Problem('unavailable', `no quorum of witnesses for ${size} leaves, got ${got}`, {
    hint: 'see that the witnesses of the policy run and can be reached',
  });
}

const TILE = /^tile\/(?:entries|[0-6])\/(?<index>.+)$/u;

/** Whether a log has such a path. */
function isResource(path: string): boolean {
  const index = TILE.exec(path)?.groups?.['index'];
  if (index !== undefined) return readIndexPath(index) !== null;
  return ['checkpoint', 'vkey', 'minimum'].includes(path);
}
