import { z } from 'zod';
import { fullDigest } from '#engines/crypto';
import { CONSISTENT } from '#plane/keys';
import type { Keyring } from '#plane/keys';
import { Problem } from '#base/problem';
import { publicHalf } from './exportseal.ts';
import type { VaultProposal } from './proposal.ts';
import type { ColumnSchema, TableSchema, VaultSchema } from './schema.ts';

export const EXPORT_FORMAT = 'privet/vault-export/v1';
/** Parts of one export: at 500 records a part, half a billion records. */
const PARTS_MAX = 1_000_000;

const count = z.int().min(0);
const manifest = z.strictObject({
  format: z.literal(EXPORT_FORMAT),
  plane: z.string().max(100),
  /** The vault as it was, by names; and the id it had. */
  vault: z.string().max(100),
  schema: z.unknown(),
  exportedAtMs: count,
  /** How far the ledger of that plane went. */
  ledgerSize: count,
  sender: z.string().max(100),
  recipient: z.string().max(100),
  records: count,
  tokens: count,
  tables: z.record(z.string(), count),
  parts: z.array(z.strictObject({ sha256: z.string().length(64), records: count })).max(PARTS_MAX),
});

/** What an export holds: signed, and sent behind all of it. */
export type ExportManifest = z.output<typeof manifest>;

/** Throws `invalid` for a text that is no manifest. */
export function readManifest(text: string): ExportManifest {
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new Problem('invalid', `the manifest expected the format ${EXPORT_FORMAT}`, { cause });
  }
}

/** The seed of the Ed25519 key that a plane signs exports with; from its keyring, so that the key service guards it. */
export async function signingSeed(keyring: Keyring): Promise<Uint8Array> {
  const { maskKey } = await keyring.use(`${CONSISTENT}vault-export`);
  return fullDigest(maskKey, 'export-signature');
}

export async function signingKey(keyring: Keyring): Promise<string> {
  return publicHalf('Ed25519', await signingSeed(keyring));
}

/** The vault as somebody would write it, with names in place of ids and numbers. */
export function proposalOf({ name, description, tables }: VaultSchema): VaultProposal {
  return { name, description, tables: tables.map(tableProposal) };
}

function tableProposal({ name, description, columns, subject, purposeRequired }: TableSchema) {
  return {
    name,
    description,
    purposeRequired,
    subject: columns.find(({ id }) => id === subject)?.name ?? null,
    columns: columns.map(columnProposal),
  };
}

function columnProposal({ id: _id, number: _number, pending: _pending, ...column }: ColumnSchema) {
  const { classification, operations, values, fileTypes, tokens } = column;
  return {
    ...column,
    operations: [...operations],
    values: values === null ? null : [...values],
    fileTypes: fileTypes === null ? null : [...fileTypes],
    tokens: tokens.map(({ space: _space, ...token }) => token),
    classification: {
      ...classification,
      personalInformation: [...classification.personalInformation],
      privacyLaws: [...classification.privacyLaws],
      tags: [...classification.tags],
    },
  };
}
