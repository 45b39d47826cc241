import { hash } from 'node:crypto';
import { hex, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { statement, transaction } from '#platform/db';
import type { VaultCaller } from '../caller.ts';
import { fileParts } from './exportfiles.ts';
import { EXPORT_FORMAT, LEFT_BEHIND, proposalOf, signingSeed, sumOf } from './exportmanifest.ts';
import type { ExportCounts, ExportManifest } from './exportmanifest.ts';
import { exportPage } from './exportpage.ts';
import type { ExportLine, ExportPage } from './exportpage.ts';
import { NONCE_BYTES, partCipher, publicHalf, signText } from './exportseal.ts';
import { partsOfExport, readExport, takeExport } from './exportstate.ts';
import type { BegunExport, MadePart } from './exportstate.ts';
import type { VaultGround } from '../ground.ts';
import { toldBy } from '../leaf.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';

const FORGOTTEN = statement(import.meta.url, '../sql/subjectforgotten.sql');
const HELD = statement(import.meta.url, '../sql/exportheld.sql');
const PART = statement(import.meta.url, '../sql/exportpart.sql');

export type SignedText = { readonly text: string; readonly signature: string };
export type ExportPiece =
  | {
      readonly kind: 'start';
      readonly export: string;
      readonly vault: string;
      readonly recipient: string;
      /** About how many there are. */
      readonly records: number;
    }
  | {
      readonly kind: 'files' | 'records';
      readonly records: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'manifest'; readonly signed: SignedText };

/** From which part on; `last` is the SHA-256 of the one before, which has records, null from the beginning. */
export type ReadExport = {
  readonly id: string;
  readonly from: number;
  readonly last: string | null;
  readonly plane: string;
};

/**
 * Every record that the vault had when the export began, with its tokens and files, in parts sealed for whoever has the recipient's
 * private key, and behind them the signed manifest; from the beginning, or from where somebody stood. That it is read is in the
 * ledger before the first part leaves. What is written meanwhile is not in it, nor are people who are forgotten meanwhile. Throws
 * `conflict` when the schema has changed, or somebody else has begun to read it.
 */
export async function* streamExport(
  ground: VaultGround,
  caller: VaultCaller,
  request: ReadExport,
): AsyncGenerator<ExportPiece> {
  const { ports } = ground;
  const { id, from } = request;
  const begun = await readExport(ground, id);
  const vault = await ground.schemas.get(begun.vault);
  if (vault.version !== begun.schemaVersion) throw otherSchema();
  const { reader, before } = await takeExport(ground, request);
  const told = toldBy(caller, vault);
  const read = { export: id as Id<'exp'>, part: from }; // INVARIANT: it was read
  await ports.ledger.write({ kind: 'vault-export-read', ...told, ...read });
  const { recipient, records, beganAtMs } = begun;
  if (from === 0) yield { kind: 'start', export: id, vault: vault.id, recipient, records };
  const seed = await signingSeed(ports.keyring);
  const work = { request, begun, reader, seed };
  const make = partMaker(ground, work);
  const first = vault.tables.findIndex(({ number }) => number === before?.tableNumber);
  let after = before?.lastRecord ?? null;
  for (const table of vault.tables.slice(Math.max(first, 0))) {
    for (;;) {
      const page = await exportPage(ground, { caller, export: id, beganAtMs, vault, table, after });
      if (page === null) break;
      if (page.lines.length > 0) yield* partsOf(ground, make, { table, page });
      after = page.last;
    }
    after = null;
  }
  const manifest = await manifestOf(ground, { ...work, vault });
  const text = canonicalJson(manifest as unknown as Json);
  await ports.ledger.write({
    kind: 'vault-exported',
    ...told,
    stage: 'done',
    recipient: hash('sha256', recipient),
    records: manifest.records,
    tokens: manifest.tokens + manifest.transientTokens,
    manifest: hash('sha256', text),
  });
  yield { kind: 'manifest', signed: { text, signature: signText(seed, 'manifest', text) } };
}

function otherSchema(): Problem {
  return new Problem('conflict', 'the schema of the vault is another than when the export began', {
    hint: 'end this export and begin another',
  });
}

/** The parts of a page: its files, and behind them its records. */
async function* partsOf(
  ground: VaultGround,
  make: MakePart,
  { table, page }: { readonly table: TableSchema; readonly page: ExportPage },
): AsyncGenerator<ExportPiece> {
  const { lines, files, last } = page;
  for await (const { plain, files: ended } of fileParts(ground, files)) {
    const counts = { records: 0, tokens: 0, transientTokens: 0, files: ended };
    yield { kind: 'files', records: 0, bytes: await make(plain, counts, null) };
  }
  const plain = utf8(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const bytes = await make(plain, countsOf(lines), { table, last });
  yield { kind: 'records', records: lines.length, bytes };
}

type Making = {
  readonly request: ReadExport;
  readonly begun: BegunExport;
  readonly reader: number;
  readonly seed: Uint8Array;
};

/** Seals the next part, and notes it before it is given; one with records says where the next goes on. */
type MakePart = (
  plain: Uint8Array,
  counts: ExportCounts,
  end: { readonly table: TableSchema; readonly last: string } | null,
) => Promise<Uint8Array>;

function partMaker(ground: VaultGround, { request, begun, reader, seed }: Making): MakePart {
  const { pool, random } = ground.ports;
  const cipher = partCipher(begun.senderKey, begun.recipient, {
    sender: publicHalf('X25519', begun.senderKey),
    recipient: begun.recipient,
    plane: request.plane,
    vault: begun.vault,
    signer: publicHalf('Ed25519', seed),
  });
  let number = request.from;
  return async (plain, { records, tokens, transientTokens, files }, end) => {
    const bytes = cipher.seal(number, plain, random(NONCE_BYTES));
    const counts = [records, tokens, transientTokens, files];
    const at = [end?.table.number ?? null, end?.last ?? null];
    const row = [request.id, reader, number, hash('sha256', bytes), ...counts, ...at];
    const { rowCount } = await pool.query(PART, row);
    if (rowCount !== 1) throw await whyNot(ground, request.id, begun);
    number += 1;
    return bytes;
  };
}

/** Why a part could not be noted. */
async function whyNot(ground: VaultGround, id: string, begun: BegunExport): Promise<Problem> {
  await readExport(ground, id);
  ground.schemas.drop(begun.vault);
  const { version } = await ground.schemas.get(begun.vault);
  if (version !== begun.schemaVersion) return otherSchema();
  return new Problem('conflict', 'somebody else has begun to read the export');
}

/** All parts that were made; throws `conflict` when somebody else makes them anew: what is left of them is not the export. */
async function allParts(
  ground: VaultGround,
  { request: { id }, begun, reader }: Making,
): Promise<readonly MadePart[]> {
  const made = await transaction(ground.ports.pool, async (tx) => {
    const { rows } = await tx.query(HELD, [id, reader]);
    return rows.length === 0 ? null : partsOfExport(tx, id);
  });
  if (made === null) throw await whyNot(ground, id, begun);
  return made;
}

async function manifestOf(
  ground: VaultGround,
  work: Making & { readonly vault: VaultSchema },
): Promise<ExportManifest> {
  const { vault, begun, request } = work;
  const made = await allParts(ground, work);
  const byTable = Map.groupBy(made, ({ tableNumber }) => tableNumber);
  const tables = vault.tables.map(({ name, number }): [string, number] => [
    name,
    sumOf(byTable.get(number) ?? []).records,
  ]);
  return {
    format: EXPORT_FORMAT,
    plane: request.plane,
    vault: vault.id,
    schema: proposalOf(vault),
    exportedAtMs: begun.beganAtMs,
    ledgerSize: begun.ledgerSize,
    sender: publicHalf('X25519', begun.senderKey),
    recipient: begun.recipient,
    ...sumOf(made),
    tables: Object.fromEntries(tables),
    left: [...LEFT_BEHIND],
    parts: made.map(({ sha256, records, tokens, transientTokens, files }) => {
      return { sha256, records, tokens, transientTokens, files };
    }),
  };
}

/** Who was forgotten at a vault, as digests, signed: an import leaves their records out. */
export async function forgottenList(ground: VaultGround, vaultId: string): Promise<SignedText> {
  const { ports } = ground;
  const vault = await ground.schemas.get(vaultId);
  const forgotten = await forgottenAt(ground, vault.id);
  const list = { vault: vault.id, atMs: ports.clock(), forgotten: [...forgotten].toSorted() };
  const text = canonicalJson(list);
  return { text, signature: signText(await signingSeed(ports.keyring), 'forgotten', text) };
}

/** Digests of who was forgotten at a vault of this plane, whatever became of the vault. */
export async function forgottenAt(
  { ports }: VaultGround,
  vaultId: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await ports.pool.query<{ digest: Buffer }>(FORGOTTEN, [vaultId]);
  return new Set(rows.map(({ digest }) => hex(digest)));
}

/** What the records of a part come to; their files are in parts before. */
export function countsOf(lines: readonly Pick<ExportLine, 'tokens' | 'transient'>[]): ExportCounts {
  const sum = { records: lines.length, tokens: 0, transientTokens: 0, files: 0 };
  for (const { tokens, transient } of lines) {
    for (const groups of Object.values(tokens)) sum.tokens += Object.keys(groups).length;
    for (const groups of Object.values(transient)) {
      sum.transientTokens += Object.values(groups).flat().length;
    }
  }
  return sum;
}
