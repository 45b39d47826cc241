import { z } from 'zod';
import { fullDigest } from '#engines/crypto';
import { CONSISTENT } from '#plane/keys';
import type { Keyring } from '#plane/keys';
import { Problem } from '#base/problem';
import { publicHalf } from './exportseal.ts';
import type { VaultProposal } from '../schema/proposal.ts';
import type { ColumnSchema, TableSchema, VaultSchema } from '../schema/schema.ts';

export const EXPORT_FORMAT = 'privet/vault-export/v2';
/** Parts of one export: at 500 records a part, half a billion records. */
const PARTS_MAX = 1_000_000;

const count = z.int().min(0);
/** Of a part, and of all of it; a file counts where its last byte is. */
const counts = { records: count, tokens: count, transientTokens: count, files: count };
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
  ...counts,
  tables: z.record(z.string(), count),
  /** What a vault has besides, and what does not move. */
  left: z.array(z.string().max(100)).max(100),
  parts: z
    .array(z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/u), ...counts }))
    .max(PARTS_MAX),
});

/** What an export holds: signed, and sent behind all of it. */
export type ExportManifest = z.output<typeof manifest>;

export type ExportCounts = Pick<ExportManifest, keyof typeof counts>;

/** What does not move, and why: docs/formats/vault-export.md#what-does-not-move. */
export const LEFT_BEHIND = [
  'answers-of-writes',
  'file-links',
  'grants-of-roles',
  'policies',
  'record-versions',
  'reveal-counts',
  'schema-versions',
  'tokens-of-the-forgotten',
] as const;

/** Throws `invalid` for a text that is no manifest, and for one whose parts do not add up. */
export function readManifest(text: string): ExportManifest {
  const read = parseManifest(text);
  const sums = sumOf(read.parts);
  const ofTables = Object.values(read.tables).reduce((sum, records) => sum + records, 0);
  if (sameCounts(sums, read) && ofTables === read.records) return read;
  throw new Problem('invalid', 'the counts of the manifest expected to add up');
}

function parseManifest(text: string): ExportManifest {
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new Problem('invalid', `the manifest expected the format ${EXPORT_FORMAT}`, { cause });
  }
}

export function sameCounts(one: ExportCounts, other: ExportCounts): boolean {
  const names = Object.keys(counts) as (keyof ExportCounts)[];
  return names.every((name) => one[name] === other[name]);
}

/** The counts of all of some parts. */
export function sumOf(parts: readonly ExportCounts[]): ExportCounts {
  const sum = { records: 0, tokens: 0, transientTokens: 0, files: 0 };
  for (const part of parts) {
    sum.records += part.records;
    sum.tokens += part.tokens;
    sum.transientTokens += part.transientTokens;
    sum.files += part.files;
  }
  return sum;
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
