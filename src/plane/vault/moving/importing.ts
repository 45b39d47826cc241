import { hash } from 'node:crypto';
import { z } from 'zod';
import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import { ROLLING } from '#plane/keys';
import { statement, transaction } from '#platform/db';
import type { Queryable } from '#platform/db';
import type { VaultCaller } from '../caller.ts';
import type { SignedText } from './exporting.ts';
import { readManifest } from './exportmanifest.ts';
import type { ExportManifest } from './exportmanifest.ts';
import { publicHalf, requireSigned } from './exportseal.ts';
import type { VaultGround } from '../ground.ts';
import { toldBy } from '../leaf.ts';
import { dropFiles } from './importfiles.ts';
import { IMPORTS_OPEN_MAX } from '../limits.ts';
import type { VaultProposal } from '../schema/proposal.ts';
import { makeVault } from '../changing/schemachange.ts';
import { lockImports } from '../schema/schematable.ts';
import type { VaultSchema } from '../schema/schema.ts';

const INSERT = statement(import.meta.url, '../sql/importinsert.sql');
const OPEN = statement(import.meta.url, '../sql/importopen.sql');
const READ = statement(import.meta.url, '../sql/importread.sql');
const FORGET = statement(import.meta.url, '../sql/importforgotten.sql');
const BEGIN = statement(import.meta.url, '../sql/importbegin.sql');
const LIST = statement(import.meta.url, '../sql/importlist.sql');
const PARTS = statement(import.meta.url, '../sql/importparts.sql');
const END = statement(import.meta.url, '../sql/importend.sql');
const LOCK = statement(import.meta.url, '../sql/importlock.sql');
const HIDE = statement(import.meta.url, '../sql/vaulthide.sql');
const SHOW = statement(import.meta.url, '../sql/vaultshow.sql');

export type ImportPlace = { readonly id: string; readonly recipient: string };
/** How far an import is: parts that are in, of how many. */
export type ImportState = { readonly parts: number; readonly there: readonly number[] };
/** An import that is not over: how many parts are in, of how many, once its manifest is there. */
export type OpenImport = ImportPlace & {
  /** Of the vault it makes, once its manifest is there. */
  readonly name: string | null;
  readonly openedAtMs: number;
  readonly parts: number;
  readonly there: number;
  readonly records: number;
};
export type Imported = {
  readonly vault: VaultSchema['id'];
  readonly records: number;
  readonly tokens: number;
  readonly files: number;
  /** Records of people who were forgotten where they come from. */
  readonly leftOut: number;
};

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
      const { rowCount } = await tx.query(BEGIN, [
        request.id,
        text,
        made.number,
        request.key,
        manifest.parts.length,
      ]);
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

/** Imports that are not over, the oldest first. */
export async function listImports({ ports }: VaultGround): Promise<readonly OpenImport[]> {
  return (await ports.pool.query<OpenImport>(LIST)).rows;
}

export async function importState(ground: VaultGround, id: string): Promise<ImportState> {
  const { ended, document } = await readImport(ground.ports.pool, id);
  if (ended && document === null) throw new Problem('gone', 'the import was abandoned');
  const believed = await ground.manifests.get(id);
  const there = (await partsOf(ground, id)).map(({ number }) => number);
  return { parts: believed?.manifest.parts.length ?? 0, there };
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
  const there = new Set(parts.map(({ number }) => number));
  const lacking = manifest.parts.findIndex((_, number) => !there.has(number));
  if (lacking !== -1) throw new Problem('conflict', `part ${lacking} is not here yet`);
  const sum = (of: (part: PartRow) => number) => parts.reduce((all, part) => all + of(part), 0);
  const [records, tokens, files, leftOut] = [
    sum((part) => part.records),
    sum((part) => part.tokens),
    sum((part) => part.files),
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
    await dropFiles(ground, tx, { id, keepUsed: true });
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
  await ground.trash.empty();
  return { vault: vault.id, records, tokens, files, leftOut };
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
  readonly files: number;
};

export async function readImport(db: Queryable, id: string): Promise<ImportRow> {
  const { rows } = await db.query<ImportRow>(READ, [id]);
  if (rows[0] === undefined) throw new Problem('not-found', 'there is no such import');
  return rows[0];
}

async function partsOf({ ports }: VaultGround, id: string): Promise<readonly PartRow[]> {
  return (await ports.pool.query<PartRow>(PARTS, [id])).rows;
}

/** An import whose manifest is believed, with what it is opened with; throws `conflict` when it is over, or not begun. */
export async function begun(
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
