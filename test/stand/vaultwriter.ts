/**
 * Writes records into a vault until it is killed, and says each one that was acknowledged: `node vaultwriter.ts <url> <directory>
 * <vault> <name>`. Started by test/long/vaultcrash.test.ts.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openKeyring } from '#plane/keys';
import { openLedger } from '#plane/ledger';
import { openVault } from '#plane/vault';
import type { Ruling, WriteRow } from '#plane/vault';
import { openLocalBlobs } from '#platform/blob';
import { openPool } from '#platform/db';
import { openFileProvider } from '#platform/kms';

const [url = '', directory = '', vault = '', name = ''] = process.argv.slice(2);
const ROWS = 20;

const pool = openPool({ url, name: 'vault-writer', connectionsMax: 4 });
const plane = 'pln_example';
const clock = () => Date.now();
const ledger = await openLedger({ pool, plane, clock, headFile: join(directory, `head-${name}`) });
const { provider } = await openFileProvider({ path: join(directory, 'key'), create: false });
const keyring = openKeyring({
  pool,
  provider,
  plane,
  record: (leaf, tx) => (tx === null ? ledger.write(leaf) : ledger.append(tx, leaf)),
});
const vaults = openVault({
  pool,
  keyring,
  ledger,
  blobs: await openLocalBlobs(join(directory, 'blobs')),
  subjectKeys: await openLocalBlobs(join(directory, 'subject-keys')),
  clock,
  random: (sizeBytes) => new Uint8Array(randomBytes(sizeBytes)),
});
const allowed: Ruling = {
  id: 'dec_test0000',
  effect: 'allow',
  reads: [],
  shows: () => 'PLAIN_TEXT',
};
const rulings = { insert: () => allowed, update: () => allowed };
const caller = { actor: { kind: 'plane' }, session: null, purpose: null } as const;

for (let batch = 0; ; batch++) {
  const rows = Array.from({ length: ROWS }, (_, i): WriteRow => ({
    kind: 'insert',
    table: 'people',
    fields: {
      person: `${name}-${batch % 7}`,
      email: `${name}.${batch}.${i}@example.com`,
      note: `batch ${batch}`,
    },
    upsert: i % 2 === 0 ? 'email' : null,
  }));
  const outcomes = await vaults.write({
    caller,
    vault,
    rows,
    rulings,
    idempotencyKey: `${name}-${batch}`,
  });
  const acknowledged = outcomes.map((one, i) =>
    one.kind === 'written' ? `${one.record} ${one.tokens[0]?.token ?? ''} ${batch}.${i}` : 'failed',
  );
  process.stdout.write(`${acknowledged.join('\n')}\n`);
}
