import { hash } from 'node:crypto';
import { z } from 'zod';
import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import { ROLLING } from '#plane/keys';
import { statement, transaction } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import type { Ruling, VaultCaller } from './caller.ts';
import { forgottenAt, tokenCount } from './exporting.ts';
import type { ExportLine, SignedText } from './exporting.ts';
import { readManifest } from './exportmanifest.ts';
import type { ExportManifest } from './exportmanifest.ts';
import { partCipher, publicHalf, requireSigned } from './exportseal.ts';
import type { VaultGround } from './ground.ts';
import { bagsOf } from './keybag.ts';
import { toldBy } from './leaf.ts';
import { readLines } from './importline.ts';
import { IMPORTS_OPEN_MAX } from './limits.ts';
import type { VaultProposal } from './proposal.ts';
import { recordsById } from './recordtable.ts';
import { RowFailures } from './rowfailures.ts';
import { runAgain } from './runagain.ts';
import { makeVault } from './schemachange.ts';
import { lockImports } from './schematable.ts';
import type { VaultSchema } from './schema.ts';
import { commitRows } from './write.ts';
import { checkRow } from './writerow.ts';
import type { CheckedRow } from './writerow.ts';

const INSERT = statement(import.meta.url, 'sql/importinsert.sql');
const OPEN = statement(import.meta.url, 'sql/importopen.sql');
const READ = statement(import.meta.url, 'sql/importread.sql');
const FORGET = statement(import.meta.url, 'sql/importforgotten.sql');
const BEGIN = statement(import.meta.url, 'sql/importbegin.sql');
const PART = statement(import.meta.url, 'sql/importpart.sql');
const PARTS = statement(import.meta.url, 'sql/importparts.sql');
const END = statement(import.meta.url, 'sql/importend.sql');
const LOCK = statement(import.meta.url, 'sql/importlock.sql');
const HIDE = statement(import.meta.url, 'sql/vaulthide.sql');
const SHOW = statement(import.meta.url, 'sql/vaultshow.sql');

export type ImportPlace = { readonly id: string; readonly recipient: string };
/** How far an import is: parts that are in, of how many. */
export type ImportState = { readonly parts: number; readonly there: readonly number[] };
export type Imported = {
  readonly vault: VaultSchema['id'];
  readonly records: number;
  readonly tokens: number;
  /** Records of people who were forgotten where they come from. */
  readonly leftOut: number;
};

const ALLOWED: Ruling = {
  id: 'dec_importing',
  effect: 'allow',
  reads: [],
  shows: () => 'PLAIN_TEXT',
};
const RULINGS = { insert: () => ALLOWED, update: () => ALLOWED, tokenize: () => ALLOWED };
const contextOf = (id: string) => ({ purpose: 'vault-import', import: id });

/**
 * A place for one export to come to: with a key pair of its own, so that what was sealed for it opens nowhere else. Throws
 * `limit` when too many are open.
 */
export async function openImport({ ports }: VaultGround): Promise<ImportPlace> {
  const id = newId('imp', { nowMs: ports.clock(), random: ports.random });
  const own = ports.random(32);
  const recipient = publicHalf('X25519', own);
  const sealed = await ports.keyring.seal(`${ROLLING}vault-import`, own, contextOf(id));
  await transaction(ports.pool, async (tx) => {
    await lockImports(tx);
    const open = (await tx.query<{ id: string }>(OPEN, [null])).rows.map((row) => row.id);
    if (open.length >= IMPORTS_OPEN_MAX) {
      throw new Problem('limit', `${IMPORTS_OPEN_MAX} imports are open already`, {
        hint: `finish or abandon one: \`${open.join('`, `')}\``,
      });
    }
    await tx.query(INSERT, [id, sealed, recipient, ports.clock()]);
  });
  return { id, recipient };
}

export type BeginImport = {
  readonly id: string;
  /** The key that the exporting plane signs with, as somebody who knows that plane says. */
  readonly key: string;
  readonly manifest: SignedText;
  /** Who was forgotten there since: their records are left out. */
  readonly forgotten: SignedText | null;
};

/**
 * Believes a manifest: makes the vault it tells of, which answers nothing yet. The same manifest again says how far it is. Throws
 * `denied` for one that `key` did not sign, `invalid` for one that is not for this import, `conflict` for another than the first.
 */
export async function beginImport(
  ground: VaultGround,
  caller: VaultCaller,
  request: BeginImport,
): Promise<ImportState> {
  const { text } = request.manifest;
  requireSigned(request.key, 'manifest', request.manifest);
  const manifest = readManifest(text);
  const forgotten =
    request.forgotten === null ? [] : readForgotten(request.key, request.forgotten, manifest);
  const known = await readImport(ground.ports.pool, request.id);
  if (known.ended) throw new Problem('conflict', 'the import is over');
  if (manifest.recipient !== known.recipient) {
    throw new Problem('invalid', 'the export was sealed for another import');
  }
  const believed = await ground.manifests.get(request.id);
  if (believed === null) {
    await transaction(ground.ports.pool, async (tx) => {
      await tx.query(LOCK, [request.id]);
      const made = await makeVault(ground, tx, {
        caller,
        proposal: manifest.schema as VaultProposal,
      });
      await tx.query(HIDE, [made.number]);
      const { rowCount } = await tx.query(BEGIN, [request.id, text, made.number, request.key]);
      if (rowCount !== 1) throw new Problem('conflict', 'the import has begun already');
    });
  } else if (believed.digest !== hash('sha256', text)) {
    throw new Problem('conflict', 'the import has begun with another manifest');
  } else if (known.signer !== request.key) {
    throw new Problem('denied', 'the import has begun with another key');
  }
  if (forgotten.length > 0) await addForgotten(ground, request.id, forgotten);
  return importState(ground, request.id);
}

/** Adds to who is left out, while no part is in: records that are in already would stay. */
async function addForgotten(
  ground: VaultGround,
  id: string,
  digests: readonly string[],
): Promise<void> {
  await transaction(ground.ports.pool, async (tx) => {
    const { rows } = await tx.query<{ forgotten: readonly string[] }>(LOCK, [id]);
    const known = new Set(rows[0]?.forgotten);
    if (digests.every((digest) => known.has(digest))) return;
    if ((await tx.query(PARTS, [id])).rows.length > 0) {
      throw new Problem('conflict', 'the list names people whose records may be in already', {
        hint: 'finish the import and forget them there, or begin another import with this list',
      });
    }
    await tx.query(FORGET, [id, digests]);
  });
}

export async function importState(ground: VaultGround, id: string): Promise<ImportState> {
  const { ended, document } = await readImport(ground.ports.pool, id);
  if (ended && document === null) throw new Problem('gone', 'the import was abandoned');
  const believed = await ground.manifests.get(id);
  const there = (await partsOf(ground, id)).map(({ number }) => number);
  return { parts: believed?.manifest.parts.length ?? 0, there };
}

/**
 * Writes the records of a part, all or none; a part that is in already is left alone. Records of whoever was forgotten at the vault
 * they come from, as this plane or a signed list knows, are left out. Throws `corrupt` for a part that is not what the manifest says.
 */
export async function importPart(
  ground: VaultGround,
  caller: VaultCaller,
  part: {
    readonly id: string;
    readonly number: number;
    readonly bytes: Uint8Array;
  },
): Promise<void> {
  const { id, number } = part;
  const { manifest, vault, key, signer, listed } = await begun(ground, id);
  const told = manifest.parts[number];
  if (told?.sha256 !== hash('sha256', part.bytes)) {
    throw new Problem('corrupt', `part ${number} is not what the manifest says`);
  }
  const plain = partCipher(key, manifest.sender, { ...manifest, signer }).open(number, part.bytes);
  const lines = readLines(plain, told.records);
  const known = await forgottenAt(ground, manifest.vault);
  const isForgotten = ({ subject }: ExportLine) =>
    subject !== null && (known.has(subject) || listed.has(subject));
  const kept = lines.filter((line) => !isForgotten(line));
  const tokens = kept.reduce((sum, line) => sum + tokenCount(line), 0);
  const note = async (tx: Transaction) => {
    const counts = [kept.length, tokens, lines.length - kept.length];
    const { rowCount } = await tx.query(PART, [id, number, ...counts, listed.size]);
    if (rowCount !== 1) {
      throw new Problem('conflict', 'the import changed meanwhile', { hint: 'bring it again' });
    }
  };
  const isThere = async () => (await partsOf(ground, id)).some((one) => one.number === number);
  if (await isThere()) return;
  try {
    await writeLines(ground, { caller, vault, lines: kept, note });
  } catch (thrown) {
    // Somebody else brought it in this moment: its records cannot be written a second time.
    if (await isThere()) return;
    // Whoever abandons it in this moment holds it until it is over, and keys go before: it is that, then, not a fault.
    await transaction(ground.ports.pool, (tx) => tx.query(LOCK, [id]));
    await begun(ground, id);
    throw thrown;
  }
}

async function writeLines(
  ground: VaultGround,
  work: {
    readonly caller: VaultCaller;
    readonly vault: VaultSchema;
    readonly lines: readonly ExportLine[];
    readonly note: (tx: Transaction) => Promise<void>;
  },
): Promise<void> {
  const { caller, vault, lines, note } = work;
  const bags = bagsOf(ground);
  const rows = lines.map((line, row) => rowOf(vault, line, row));
  const request = {
    caller,
    vault: vault.id,
    rows: lines.map(({ table, fields }) => ({ kind: 'insert', table, fields }) as const),
    rulings: RULINGS,
  };
  try {
    await runAgain(async () => {
      // Again with each try: another part may have brought one of them in this moment.
      await requireNew(ground, rows);
      const bag = await bags(vault);
      return commitRows(ground, { request, vault, bag, rows, failed: new Map(), also: note });
    });
  } catch (thrown) {
    if (!(thrown instanceof RowFailures)) throw thrown;
    throw [...thrown.problems.values()][0] ?? thrown;
  }
}

/** Throws `invalid` for records that are there already: another part had them. */
async function requireNew({ ports }: VaultGround, rows: readonly CheckedRow[]): Promise<void> {
  for (const [table, group] of Map.groupBy(rows, (row) => row.table)) {
    const ids = group.flatMap(({ target }) => (target.kind === 'new' ? (target.id ?? []) : []));
    const [twice] = await recordsById(ports.pool, table, ids);
    if (twice === undefined) continue;
    throw new Problem(
      'invalid',
      `parts expected each record once: \`${table.name}\` has \`${twice.id}\` already`,
    );
  }
}

/** The row of a record, which keeps its id. */
function rowOf(vault: VaultSchema, line: ExportLine, number: number): CheckedRow {
  const { table, fields, tokens, canary } = line;
  const row = { kind: 'insert', table, fields, tokens, canary } as const;
  const checked = checkRow(vault, row, { number, bring: 'may' });
  return { ...checked, target: { kind: 'new', canary, id: line.id } };
}

/** Puts the vault in use when all of it is here; its key is destroyed, so that the export opens nowhere any more. */
export async function finishImport(
  ground: VaultGround,
  caller: VaultCaller,
  id: string,
): Promise<Imported> {
  const { ports, schemas } = ground;
  const { manifest, digest, vault } = await begun(ground, id);
  const parts = await partsOf(ground, id);
  const lacking = manifest.parts.findIndex((_, i) => !parts.some(({ number }) => number === i));
  if (lacking !== -1) throw new Problem('conflict', `part ${lacking} is not here yet`);
  const sum = (of: (part: PartRow) => number) => parts.reduce((all, part) => all + of(part), 0);
  const [records, tokens, leftOut] = [
    sum((part) => part.records),
    sum((part) => part.tokens),
    sum((part) => part.left_out),
  ];
  if (records + leftOut !== manifest.records) {
    throw new Problem(
      'corrupt',
      `the manifest has ${manifest.records} records, the parts had others`,
    );
  }
  await transaction(ports.pool, async (tx) => {
    await tx.query(LOCK, [id]);
    const { rowCount } = await tx.query(SHOW, [vault.number]);
    if (rowCount !== 1) throw new Problem('conflict', 'the import is over');
    await tx.query(END, [id]);
    await ports.ledger.append(tx, {
      kind: 'vault-imported',
      ...toldBy(caller, vault),
      manifest: digest,
      records,
      tokens,
      leftOut,
    });
  });
  schemas.drop(vault.id);
  ports.onSchema?.(vault, 'present');
  return { vault: vault.id, records, tokens, leftOut };
}

const forgottenShape = z.object({
  vault: z.string(),
  atMs: z.int(),
  forgotten: z.array(z.string().regex(/^[0-9a-f]{32}$/u)),
});

/** The digests of a signed list; throws `denied` when `key` did not sign it, `invalid` when it is not this vault's, or older than the export. */
function readForgotten(key: string, list: SignedText, manifest: ExportManifest): readonly string[] {
  requireSigned(key, 'forgotten', list);
  const { vault, atMs, forgotten } = parseForgotten(list.text);
  if (vault !== manifest.vault) {
    throw new Problem('invalid', 'the list of who was forgotten is of another vault');
  }
  if (atMs < manifest.exportedAtMs) {
    throw new Problem('invalid', 'the list of who was forgotten is older than the export', {
      hint: 'ask for a new one: `privet vault forgotten`',
    });
  }
  return [...new Set(forgotten)];
}

function parseForgotten(text: string): z.output<typeof forgottenShape> {
  try {
    return forgottenShape.parse(JSON.parse(text));
  } catch (cause) {
    throw new Problem('invalid', 'the list of who was forgotten is no such list', { cause });
  }
}

type ImportRow = {
  readonly recipient_key: Buffer | null;
  readonly recipient: string;
  readonly signer: string | null;
  readonly forgotten: readonly string[];
  readonly ended: boolean;
  readonly document: VaultSchema | null;
};
type PartRow = {
  readonly number: number;
  readonly records: number;
  readonly tokens: number;
  readonly left_out: number;
};

export async function readImport(db: Queryable, id: string): Promise<ImportRow> {
  const { rows } = await db.query<ImportRow>(READ, [id]);
  if (rows[0] === undefined) throw new Problem('not-found', 'there is no such import');
  return rows[0];
}

async function partsOf({ ports }: VaultGround, id: string): Promise<readonly PartRow[]> {
  return (await ports.pool.query<PartRow>(PARTS, [id])).rows;
}

async function begun(
  ground: VaultGround,
  id: string,
): Promise<{
  readonly manifest: ExportManifest;
  readonly digest: string;
  readonly vault: VaultSchema;
  readonly key: Uint8Array;
  readonly signer: string;
  readonly listed: ReadonlySet<string>;
}> {
  const row = await readImport(ground.ports.pool, id);
  const { signer, document, recipient_key: sealed } = row;
  if (row.ended || sealed === null) throw new Problem('conflict', 'the import is over');
  const believed = await ground.manifests.get(id);
  if (believed === null || signer === null || document === null) {
    throw new Problem('conflict', 'the import expected its manifest first');
  }
  const key = await ground.ports.keyring.open(sealed, contextOf(id));
  const listed = new Set(row.forgotten);
  return { ...believed, vault: document, key, signer, listed };
}
