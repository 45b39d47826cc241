import { hash } from 'node:crypto';
import { unreachable } from '#base/assert';
import { textOf, utf8 } from '#base/bytes';
import type { Clock } from '#base/clock';
import { Problem } from '#base/problem';
import {
  cosignatureLine,
  cosignedMessage,
  judgeSubmission,
  parseCheckpoint,
  parseSubmission,
  signatureLine,
} from '#engines/merkle';
import type { NoteKey, Signer, Submission, TreeHead } from '#engines/merkle';
import type { BlobStore } from '#platform/blob';

/** What a witness answers: a status, and text of that type. */
export type Reply = { readonly status: number; readonly type: string; readonly text: string };

export type WitnessSettings = {
  readonly signer: Signer;
  /** The logs to watch, as they are known now. */
  readonly logs: () => readonly NoteKey[];
  /** Where heads are kept; nobody else writes there. */
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Told of a log that signed two trees of one size, and where the proof is kept. */
  readonly onFork: (origin: string, key: string) => void;
};

export type Witness = {
  /** Answers `add-checkpoint` (C2SP tlog-witness); rejects when what it saw cannot be kept. */
  addCheckpoint(body: string): Promise<Reply>;
};

/** What is kept of a log: the checkpoint cosigned last, and the time it was cosigned with. */
type Kept = { readonly head: TreeHead; readonly timeSeconds: number };

/**
 * A witness: cosigns a checkpoint only when it continues the one it cosigned last, and keeps it durably before it
 * answers. One submission of a log at a time.
 */
export function openWitness(settings: WitnessSettings): Witness {
  const turns = new Map<string, Promise<unknown>>();

  async function judged(submission: Submission, body: string): Promise<Reply> {
    const { checkpoint } = submission.signed;
    const kept = await readKept(settings.blobs, checkpoint.origin);
    const judgement = judgeSubmission(submission, settings.logs(), kept?.head ?? null);
    switch (judgement.kind) {
      case 'cosign':
        return cosigned(submission, kept?.timeSeconds ?? 0);
      case 'unknown-log':
        return said(404, 'this witness does not watch that log');
      case 'bad-signature':
        return said(403, 'no signature of that log verifies');
      case 'bad-request':
        return said(400, 'the old size is larger than the checkpoint');
      case 'other-size':
        return sized(judgement.size);
      case 'fork':
        await keepFork(submission, body);
        return sized(judgement.size);
      case 'bad-proof':
        // The log signs its checkpoint, not the proof beside it: whoever holds the one can send any other with it.
        return said(422, 'the proof does not show that the log was only appended to');
    }
    return unreachable(judgement);
  }

  async function cosigned({ signed }: Submission, lastSeconds: number): Promise<Reply> {
    const { signer, blobs, clock } = settings;
    const { checkpoint, note } = signed;
    // A clock that was set back would say that an older tree was the newest later: time stands still until it caught up.
    const timeSeconds = Math.max(Math.floor(clock() / 1_000), lastSeconds);
    const signature = signer.sign(cosignedMessage(note.text, timeSeconds));
    const line = signatureLine(cosignatureLine(signer.key, { timeSeconds, signature }));
    await blobs.put(keyOf(checkpoint.origin), utf8(`${note.text}\n${line}`));
    return { status: 200, type: TEXT, text: line };
  }

  /** Its checkpoint is signed by the log: beside the head that was kept, of the same size, it shows what the log did. */
  async function keepFork({ signed }: Submission, body: string): Promise<void> {
    const { origin } = signed.checkpoint;
    const folder = `forks/${digestOf(origin)}/`;
    const key = `${folder}${digestOf(signed.note.text)}`;
    let forks = 0;
    for await (const _ of settings.blobs.list(folder)) forks += 1;
    if (forks < FORKS_MAX) await settings.blobs.put(key, utf8(body));
    settings.onFork(origin, key);
  }

  async function readKept(blobs: BlobStore, origin: string): Promise<Kept | null> {
    const bytes = await blobs.get(keyOf(origin));
    if (bytes === null) return null;
    const { checkpoint, note } = parseCheckpoint(textOf(bytes));
    const time = Buffer.from(note.signatures[0]?.signature ?? new Uint8Array(8));
    if (checkpoint.origin !== origin) throw new Problem('corrupt', 'a kept head is of another log');
    return { head: checkpoint, timeSeconds: Number(time.readBigUInt64BE()) };
  }

  return {
    async addCheckpoint(body) {
      const submission = submissionOf(body);
      if (submission === null) return said(400, 'the body is not a submission (C2SP tlog-witness)');
      const { origin } = submission.signed.checkpoint;
      if (!settings.logs().some(({ name }) => name === origin)) return judged(submission, body);
      const turn = (turns.get(origin) ?? Promise.resolve()).then(() => judged(submission, body));
      turns.set(
        origin,
        turn.catch(() => undefined),
      );
      return turn;
    },
  };
}

/** Forks of one log that are kept: one is enough, and a log in a loop must fill neither the disk nor the place of another log. */
const FORKS_MAX = 16;
const TEXT = 'text/plain; charset=utf-8';

function said(status: number, sentence: string): Reply {
  return { status, type: TEXT, text: `${sentence}\n` };
}

/** C2SP tlog-witness: what the log must start from. */
function sized(size: number): Reply {
  return { status: 409, type: 'text/x.tlog.size', text: `${size}\n` };
}

/** Origins may hold anything; their digests are names of files. */
function keyOf(origin: string): string {
  return `heads/${digestOf(origin)}`;
}

function digestOf(text: string): string {
  return hash('sha256', text);
}

function submissionOf(body: string): Submission | null {
  try {
    return parseSubmission(body);
  } catch (error) {
    if (error instanceof Problem && error.code === 'invalid') return null;
    throw error;
  }
}
