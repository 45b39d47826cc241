import { finding, Unreadable } from './finding.ts';
import type { Report } from './finding.ts';
import { readCheckpoint } from './note.ts';
import { believe } from './policy.ts';
import type { Policy } from './policy.ts';
import { rootFromProof } from './tree.ts';

const HASHES_MAX = 63;

type Proof = { readonly index: number; readonly hashes: readonly Buffer[]; readonly note: string };

/** Reads a C2SP tlog-proof without extra data. Throws `Unreadable`. */
function readProof(text: string): Proof {
  const border = text.indexOf('\n\n');
  const [version, index = '', ...lines] = text.slice(0, Math.max(border, 0)).split('\n');
  const number = /^index (?<index>0|[1-9]\d{0,15})$/u.exec(index)?.groups?.['index'];
  const hashes = lines.map((line) => Buffer.from(line, 'base64'));
  const whole = hashes.every(
    (hash, i) => hash.length === 32 && hash.toString('base64') === lines[i],
  );
  if (
    version !== 'c2sp.org/tlog-proof@v1' ||
    number === undefined ||
    !whole ||
    hashes.length > HASHES_MAX
  ) {
    throw new Unreadable('a proof expected `c2sp.org/tlog-proof@v1`, an index and hashes');
  }
  return { index: Number(number), hashes, note: text.slice(border + 2) };
}

/** Checks a proof file by itself: that some entry with this leaf hash is at that index of a believed checkpoint. */
export function checkProof(
  given: { readonly name: string; readonly text: string },
  policy: Policy,
  leafAt: (index: number) => Buffer | undefined,
): Report {
  const proof = readProof(given.text);
  const checkpoint = readCheckpoint(proof.note);
  const { findings } = believe(checkpoint, policy);
  const here = `proof \`${given.name}\``;
  const leaf = leafAt(proof.index);
  const elsewhere = findings.map(({ what }) => finding(here, `of its checkpoint: ${what}`));
  if (leaf === undefined) {
    const unchecked = [`${here}: the log has no entry ${proof.index} any more to hold it against`];
    return { proved: [], unchecked, findings: elsewhere };
  }
  const root = rootFromProof({ index: proof.index, size: checkpoint.size }, leaf, proof.hashes);
  const leads = root?.equals(checkpoint.root) === true;
  return {
    proved:
      leads && elsewhere.length === 0
        ? [`${here}: entry ${proof.index} is in the log of ${checkpoint.size} leaves`]
        : [],
    unchecked: [],
    findings: leads
      ? elsewhere
      : [
          ...elsewhere,
          finding(here, `it does not lead from entry ${proof.index} to its checkpoint`),
        ],
  };
}
