import { Problem, problemFrom } from '#base/problem';
import {
  cosignatureOf,
  formatNote,
  formatSubmission,
  keyMatches,
  parseSignatureLines,
} from '#engines/merkle';
import type { Note, NoteSignature, TrustedWitness } from '#engines/merkle';
import type { LogTree } from './logtree.ts';
import type { Signed } from './sequencer.ts';

/** Asks a witness: the body goes to that address, its status and text come back; rejects when nobody answers. */
export type AskWitness = (
  url: string,
  body: string,
) => Promise<{ readonly status: number; readonly text: string }>;

export type WitnessRoundSettings = {
  readonly tree: LogTree;
  readonly witnesses: readonly TrustedWitness[];
  readonly ask: AskWitness;
  /** Told of each witness that did not cosign, and why. */
  readonly onRefusal: (witness: string, problem: Problem) => void;
};

export type WitnessRound = {
  /** Asks every witness with an address for its cosignature; gives those that came. */
  ask(signed: Signed, note: Note): Promise<readonly NoteSignature[]>;
};

/** Witnesses are asked from the size they know; 0 and then what they say (409), the first time. */
export function createWitnessRound(settings: WitnessRoundSettings): WitnessRound {
  const known = new Map<string, number>();

  async function askOne(witness: TrustedWitness, signed: Signed, note: Note) {
    const { tree, ask } = settings;
    // The second try is with the size that the witness answered with.
    for (let tries = 0; tries < 2; tries++) {
      const oldSize = Math.min(known.get(witness.name) ?? 0, signed.size);
      const proof = await tree.consistency(oldSize, signed.size);
      const checkpoint = formatNote({ ...note, signatures: note.signatures.slice(0, 1) });
      const { status, text } = await ask(
        `${(witness.url ?? '').replace(/\/$/u, '')}/add-checkpoint`,
        formatSubmission({ oldSize, proof, checkpoint }),
      );
      if (status === 200) {
        const line = cosignatureIn(witness, note, text);
        known.set(witness.name, signed.size);
        return line;
      }
      const size = status === 409 && /^\d{1,16}\n$/u.test(text) ? Number(text) : null;
      if (size === null || size === oldSize) throw refused(witness, status);
      if (size > signed.size) throw ahead(witness, { size, ours: signed.size });
      known.set(witness.name, size);
    }
    throw refused(witness, 409);
  }

  return {
    async ask(signed, note) {
      const asked = settings.witnesses.filter(({ url }) => url !== null);
      const lines = await Promise.all(
        asked.map((witness) =>
          askOne(witness, signed, note).catch((thrown: unknown) => {
            settings.onRefusal(witness.name, problemFrom(thrown));
            return null;
          }),
        ),
      );
      return lines.filter((line) => line !== null);
    },
  };
}

/** The witness's own line among those it answered with; throws `denied` when none verifies. */
function cosignatureIn(witness: TrustedWitness, note: Note, text: string): NoteSignature {
  for (const line of parseSignatureLines(text)) {
    const one = { text: note.text, signatures: [line] };
    if (keyMatches(witness.key, line) && cosignatureOf(witness.key, one) !== null) return line;
  }
  throw new Problem(
    'denied',
    `witness \`${witness.name}\` answered without a cosignature of its key`,
  );
}

function refused({ name }: TrustedWitness, status: number): Problem {
  return new Problem('denied', `witness \`${name}\` did not cosign (${status})`, {
    hint: 'see its log; 404 and 403 mean that it does not know the key of this log, 409 and 422 that it saw another one',
  });
}

function ahead({ name }: TrustedWitness, { size, ours }: { size: number; ours: number }): Problem {
  return new Problem(
    'corrupt',
    `witness \`${name}\` saw ${size} leaves of this log, which has ${ours}`,
    {
      hint: 'another plane process may be further on; if not, this ledger was cut off: compare with a back-up',
    },
  );
}
