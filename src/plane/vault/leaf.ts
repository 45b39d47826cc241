import { hash } from 'node:crypto';
import { hex, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import { fullDigest } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import type { VaultCaller } from './caller.ts';
import type { VaultSchema } from './schema/schema.ts';

/** What every leaf of the vault says of the request. */
export function toldBy({ actor, session, purpose }: VaultCaller, { id }: VaultSchema) {
  return { actor, session, purpose, vault: id } as const;
}

/** Stands for a record in the ledger: who has the key and the id can recognise it, nobody else can. */
export function recordDigest(index: MaskKey, record: string): string {
  return hex(fullDigest(index, 'ledger/record', utf8(record)));
}

/** SHA-256 of the schema's canonical JSON. */
export function schemaDigest(schema: VaultSchema): string {
  return hash('sha256', canonicalJson(schema));
}
