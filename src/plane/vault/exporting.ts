import { hash } from 'node:crypto';
import { hex, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { VaultCaller } from './caller.ts';
import { EXPORT_FORMAT, proposalOf, signingSeed } from './exportmanifest.ts';
import type { ExportManifest } from './exportmanifest.ts';
import { partCipher, publicHalf, signText } from './exportseal.ts';
import type { VaultGround } from './ground.ts';
import { createKeyBag } from './keybag.ts';
import type { KeyBag } from './keybag.ts';
import { recordDigest, toldBy } from './leaf.ts';
import { recordPage, wholeRecords } from './recordtable.ts';
import type { OpenRecord } from './sealedrecord.ts';
import type { TableSchema, VaultSchema } from './schema.ts';
import { subjectDigest } from './writerow.ts';
import { valuesOf } from './writewave.ts';

const FORGOTTEN = statement(import.meta.url, 'sql/subjectforgotten.sql');

/** Records of one part: one transaction where they are imported. */
export const PART_RECORDS = 500;
/** A part with large records has fewer; a single record is never cut. */
const PART_CHARACTERS_MAX = 4 * 1024 * 1024;

/** One record in a part. */
export type ExportLine = {
  readonly table: string;
  readonly id: string;
  readonly fields: Readonly<Record<string, Json>>;
  /** By column and token group; transient ones stay behind. */
  readonly tokens: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly canary: boolean;
  /** Keyed digest of the data subject, as the exporting vault has it; null where the record is nobody's. */
  readonly subject: string | null;
};

export type SignedText = { readonly text: string; readonly signature: string };
export type ExportPiece =
  | { readonly kind: 'part'; readonly bytes: Uint8Array }
  | { readonly kind: 'manifest'; readonly signed: SignedText };

/**
 * Every record of a vault with its tokens, in parts sealed for whoever has the recipient's private key, and behind them the signed
 * manifest. That it began is in the ledger before the first part leaves. Throws `conflict` when the vault was written meanwhile
 * (an export is of one moment) or its schema is changing; files and transient tokens are not in it.
 */
export async function* exportVault(
  ground: VaultGround,
  caller: VaultCaller,
  request: { readonly vault: string; readonly recipient: string; readonly plane: string },
): AsyncGenerator<ExportPiece> {
  const { ports } = ground;
  const vault = await ground.schemas.get(request.vault);
  requireSettled(vault);
  const bag = await createKeyBag(ground, vault);
  const own = ports.random(32);
  const sender = publicHalf('X25519', own);
  const parties = { sender, recipient: request.recipient };
  const seed = await signingSeed(ports.keyring);
  const signer = publicHalf('Ed25519', seed);
  const terms = { ...parties, plane: request.plane, vault: vault.id, signer };
  const cipher = partCipher(own, request.recipient, terms);
  const leaf = {
    kind: 'vault-exported',
    ...toldBy(caller, vault),
    recipient: hash('sha256', request.recipient),
  } as const;
  const nothing = { records: 0, tokens: 0, manifest: null } as const;
  const { index } = await ports.ledger.write({ ...leaf, ...nothing, stage: 'began' });
  const parts: ExportManifest['parts'] = [];
  const tables: Record<string, number> = {};
  let tokens = 0;
  for (const table of vault.tables) {
    tables[table.name] = 0;
    for await (const lines of linesOf(ground, { vault, table, bag, caller })) {
      const plain = utf8(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      const bytes = cipher.seal(parts.length, plain);
      parts.push({ sha256: hash('sha256', bytes), records: lines.length });
      tables[table.name] = (tables[table.name] ?? 0) + lines.length;
      tokens += lines.reduce((sum, line) => sum + tokenCount(line), 0);
      yield { kind: 'part', bytes };
    }
  }
  const records = parts.reduce((sum, part) => sum + part.records, 0);
  await requireUnwritten(ground, vault, index + 1);
  const manifest: ExportManifest = {
    format: EXPORT_FORMAT,
    plane: request.plane,
    vault: vault.id,
    schema: proposalOf(vault),
    exportedAtMs: ports.clock(),
    ledgerSize: index + 1,
    ...parties,
    records,
    tokens,
    tables,
    parts,
  };
  const text = canonicalJson(manifest as unknown as Json);
  const done = { records, tokens, manifest: hash('sha256', text) } as const;
  await ports.ledger.write({ ...leaf, ...done, stage: 'done' });
  const signature = signText(seed, 'manifest', text);
  yield { kind: 'manifest', signed: { text, signature } };
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

export function tokenCount({ tokens }: Pick<ExportLine, 'tokens'>): number {
  return Object.values(tokens).reduce((sum, groups) => sum + Object.keys(groups).length, 0);
}

function requireSettled(vault: VaultSchema): void {
  const isPending = vault.tables.some(({ columns }) =>
    columns.some(({ pending }) => pending !== null),
  );
  if (!isPending) return;
  throw new Problem('conflict', 'the schema of the vault is changing', {
    hint: 'wait until `GET /v1/vaults/{vault}/passes` says that it is done',
  });
}

/** Leaves are written with what they tell of, so that a write in between shows. */
async function requireUnwritten(
  { ports }: VaultGround,
  vault: VaultSchema,
  from: number,
): Promise<void> {
  const kinds = ['vault-written', 'vault-forgotten', 'vault-schema'] as const;
  for (let at = from; ;) {
    const leaves = await ports.ledger.read({ from: at, limit: 500, kinds: [...kinds] });
    if (leaves.some(({ leaf }) => 'vault' in leaf && leaf.vault === vault.id)) {
      throw new Problem('conflict', 'the vault was written while it was exported', {
        hint: 'put its policies out of force for as long as it takes, and export it again',
      });
    }
    const last = leaves.at(-1);
    if (last === undefined) return;
    at = last.index + 1;
  }
}

type Exporting = {
  readonly vault: VaultSchema;
  readonly table: TableSchema;
  readonly bag: KeyBag;
  readonly caller: VaultCaller;
};

async function* linesOf(
  ground: VaultGround,
  { vault, table, bag, caller }: Exporting,
): AsyncGenerator<readonly ExportLine[]> {
  const { pool, ledger } = ground.ports;
  for (let after: string | null = null; ;) {
    const page = { after, skip: 0, limit: PART_RECORDS, descending: false };
    const stored = await recordPage(pool, table, page);
    let held: ExportLine[] = [];
    let sizeCharacters = 0;
    for (const opened of await bag.open(table, wholeRecords(stored))) {
      if (opened.kind === 'gone') continue;
      if (opened.kind === 'corrupt') {
        const record = recordDigest(bag.index, opened.id);
        const alarm = { table: table.id, reason: 'corrupt', record } as const;
        await ledger.write({ kind: 'vault-alarm', ...toldBy(caller, vault), ...alarm });
        throw opened.problem;
      }
      const line = lineOf(table, bag, opened.record);
      const size = JSON.stringify(line).length;
      if (held.length > 0 && sizeCharacters + size > PART_CHARACTERS_MAX) {
        yield held;
        [held, sizeCharacters] = [[], 0];
      }
      held.push(line);
      sizeCharacters += size;
    }
    if (held.length > 0) yield held;
    after = stored.at(-1)?.id ?? null;
    if (stored.length < PART_RECORDS) return;
  }
}

function lineOf(table: TableSchema, bag: KeyBag, record: OpenRecord): ExportLine {
  const values = valuesOf(table, record).filter(({ column }) => column.type !== 'file');
  const tokens: Record<string, Record<string, string>> = {};
  for (const { column: number, space, token } of record.tokens()) {
    const column = table.columns.find((one) => one.number === number);
    const policy = column?.tokens.find((one) => one.space === space);
    if (column !== undefined && policy !== undefined) {
      tokens[column.name] = { ...tokens[column.name], [policy.group]: token };
    }
  }
  const subject = subjectDigest(bag.index, table, values);
  return {
    table: table.name,
    id: record.id,
    fields: Object.fromEntries(values.map(({ column, json }) => [column.name, json])),
    tokens,
    canary: record.state.canary,
    subject: subject === null ? null : hex(subject),
  };
}
