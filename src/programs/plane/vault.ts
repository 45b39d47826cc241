import { join } from 'node:path';
import type { Border } from '#plane/border';
import { connectionSettings, openConnections } from '#plane/connections';
import type { Connections } from '#plane/connections';
import type { Egress } from '#plane/egress';
import type { AccessView } from '#plane/gateway';
import type { Keyring } from '#plane/keys';
import type { Ledger } from '#plane/ledger';
import { classesOf, openVault, vaultSettings, VERIFY, verifyTask } from '#plane/vault';
import type { Vaults, VaultSchema } from '#plane/vault';
import { openDecisionDesk, sweepRuns } from '#plane/vaultapi';
import type { DecisionDesk } from '#plane/vaultapi';
import { openVaultQueries, vaultQuerySettings } from '#plane/vaultquery';
import type { VaultQueries } from '#plane/vaultquery';
import { openLocalBlobs } from '#platform/blob';
import type { Pool } from '#platform/db';
import type { Opened } from '#platform/process';
import { openQueue } from '#platform/queue';
import type { Settings } from '#platform/settings';
import { systemClock, systemRandom } from '#platform/telemetry';
import type { Log } from '#platform/telemetry';
import { openPlaneBlobs } from './blobs.ts';

export type VaultGround = {
  readonly settings: Settings;
  readonly pool: Pool;
  readonly directory: string;
  readonly log: Log;
  readonly opened: Opened;
};

/** Opens the vaults, tells control what they are made of, and looks after them now and then. */
export async function openPlaneVault(
  ground: VaultGround,
  parts: {
    readonly ledger: Ledger;
    readonly egress: Egress;
    readonly keyring: Keyring;
    readonly border: Border<AccessView>;
  },
): Promise<Vaults> {
  const { pool, directory, log, opened } = ground;
  const settings = ground.settings.of(vaultSettings);
  const placed = (path: string, name: string) => (path === '' ? join(directory, name) : path);
  const vaults = openVault({
    pool,
    ledger: parts.ledger,
    keyring: parts.keyring,
    blobs: await openPlaneBlobs(placed(settings.filesDirectory, 'vault-files'), {
      egress: parts.egress,
      opened,
    }),
    subjectKeys: await openLocalBlobs(placed(settings.subjectKeysDirectory, 'vault-subject-keys')),
    clock: systemClock,
    random: systemRandom,
    onSchema: (schema, state) => tell(parts.border, schema, state),
  });
  // Again with each start: control may be newer than what it was told, or facts may have been dropped while it was away.
  for (const schema of await vaults.list()) tell(parts.border, schema, 'present');
  opened.push(() => vaults.close());
  const all = async () => {
    await vaults.tend();
    await sweepRuns({ pool, clock: systemClock });
  };
  const tend = () => all().catch((error: unknown) => log.error('vault fault', { error }));
  const timer = setInterval(() => void tend(), settings.tendSeconds * 1_000);
  timer.unref();
  opened.push(() => clearInterval(timer));
  await openVerifying(ground, vaults);
  return vaults;
}

/** Compares the vaults with the ledger when the setting says; one process of the plane does it. */
async function openVerifying(
  { settings, pool, log, opened }: VaultGround,
  vaults: Vaults,
): Promise<void> {
  const { verifyCron: cron } = settings.of(vaultSettings);
  if (cron === '') return;
  const task = verifyTask(vaults, (vault, findings) =>
    log.error('vault differs from the ledger', { source: vault, rows: findings }),
  );
  const queue = await openQueue({
    pool,
    tasks: { [VERIFY]: task },
    every: [{ task: VERIFY, cron }],
    concurrency: 1,
    onFault: (problem) => log.error('vault fault', { error: problem }),
  });
  await queue.start();
  opened.push(() => queue.stop());
}

/** What vaults decide, on its way to control. */
export function openPlaneDecisions(
  { opened }: Pick<VaultGround, 'opened'>,
  border: Pick<Border<AccessView>, 'tell'>,
): DecisionDesk {
  const desk = openDecisionDesk({ tell: (fact) => border.tell(fact), clock: systemClock });
  opened.push(() => desk.close());
  return desk;
}

/** SQL over the vaults. */
export function openPlaneQueries(
  { settings, opened }: Pick<VaultGround, 'settings' | 'opened'>,
  vaults: Vaults,
): VaultQueries {
  const queries = openVaultQueries({
    vaults,
    settings: settings.of(vaultQuerySettings),
    clock: systemClock,
  });
  opened.push(() => queries.close());
  return queries;
}

/** Calls through which tokens become values, and values tokens. */
export function openPlaneConnections(
  { settings, pool, opened }: VaultGround,
  parts: { readonly ledger: Ledger; readonly egress: Egress; readonly keyring: Keyring },
): Connections {
  const connections = openConnections({
    pool,
    ledger: parts.ledger,
    keyring: parts.keyring,
    egress: parts.egress,
    clock: systemClock,
    random: systemRandom,
    callMs: settings.of(connectionSettings).callSeconds * 1_000,
  });
  opened.push(() => connections.close());
  return connections;
}

/** Tells control what a vault is made of, and how sensitive its columns are said to be. */
function tell(
  border: Pick<Border<AccessView>, 'tell'>,
  schema: VaultSchema,
  state: 'present' | 'removed',
): void {
  border.tell(factOf(schema, state));
  if (state === 'present') border.tell(classesFact(schema));
}

function classesFact({ id: vault, version, tables }: VaultSchema) {
  const columns = tables.flatMap((table) =>
    table.columns.map((column) => ({
      table: table.id,
      column: column.id,
      tags: classesOf(column),
    })),
  );
  const told = columns.filter(({ tags }) => tags.length > 0);
  return { kind: 'vault-classes', timeMs: systemClock(), vault, version, columns: told } as const;
}

/** Names and ids, for policies to be written against. */
function factOf(schema: VaultSchema, state: 'present' | 'removed') {
  const { id: vault, name, description, version, tables } = schema;
  return {
    kind: 'vault-schema',
    timeMs: systemClock(),
    vault,
    name,
    description,
    state,
    version,
    tables: tables.map((table) => ({
      id: table.id,
      name: table.name,
      columns: table.columns.map((column) => ({
        id: column.id,
        name: column.name,
        type: column.isArray ? `${column.type}[]` : column.type,
        groups: column.tokens.map(({ group }) => group),
        redaction: column.redaction,
      })),
    })),
  } as const;
}
