import { hash } from 'node:crypto';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import type { FactBody } from '#boundary';
import { transaction } from '#platform/db';
import { addressFrom, systemName } from '#plane/sources';
import type { CollectorSettings, Person } from './context.ts';
import { quoted } from './warehouse/dialect.ts';
import { presentColumns } from './elementary/elementaryread.ts';
import type { ReachReport } from './warehouse/reach.ts';
import {
  ensureResultSchema,
  RESULT_SCHEMA,
  RESULT_VIEWS,
  resultName,
} from './warehouse/resultschema.ts';
import { reachOf, refuseElsewhere, refuseWide } from './rolecheck.ts';
import { openPlace, sealLogin } from './warehouse/warehouseopen.ts';
import type { Login } from './warehouse/warehouseopen.ts';
import { deleteWarehouse, findWarehouse, insertWarehouse } from './warehouse/warehousetable.ts';
import type { Place, WarehouseRow } from './warehouse/warehousetable.ts';

/** What a person gives to have a database watched. */
export type WarehouseWish = {
  readonly name: string;
  /** `postgresql://collector@host/database`, or null for DuckDB. */
  readonly connection: string | null;
  readonly password: Secret | null;
  readonly authorities: string | null;
  /** File of a DuckDB warehouse. */
  readonly path: string | null;
  readonly results: string | null;
  /** The role that reads the results, and no more than them; without it the collector tells what it wrote. */
  readonly reader: Login | null;
  /** The schema is one of the Elementary dbt package, read by the role of `connection` and by no other. */
  readonly elementary: boolean;
};

/**
 * Registers a warehouse: connects as each role, asks the server what the role can reach, and refuses one that can reach
 * more than its use needs. Throws `denied` then, naming some of it; `conflict` for a name that is taken.
 */
export async function registerWarehouse(
  settings: CollectorSettings,
  wish: WarehouseWish,
  actor: Person,
): Promise<WarehouseRow> {
  const name = systemName(wish.name);
  const { place, login } = placeOfWish(wish);
  await refuseOtherName(settings, { ...wish, name }, place);
  const results = wish.results ?? RESULT_SCHEMA;
  const rule = place.kind === 'duckdb' ? null : await settings.egress.rules.lend(place, actor);
  try {
    const reader = readerOf(wish, place, login);
    const collecting = wish.elementary ? null : login;
    const preparing = { name, place, login: collecting, reader, results };
    const reach = await (wish.elementary
      ? prepareElementary(settings, preparing)
      : prepare(settings, preparing));
    const row: WarehouseRow = {
      name,
      place,
      results,
      mode: reader === null ? 'push' : 'pull',
      elementary: wish.elementary,
      collector:
        collecting === null
          ? null
          : await sealLogin(settings, name, { use: 'collector', login: collecting }),
      reader:
        reader === null ? null : await sealLogin(settings, name, { use: 'reader', login: reader }),
      reachDigest: reach?.digest ?? null,
      state: 'ok',
      fault: null,
      lookedAtMs: settings.clock(),
      registeredBy: actor.id,
      registeredAtMs: settings.clock(),
    };
    await transaction(settings.pool, async (tx) => {
      await insertWarehouse(tx, row);
      if (rule !== null)
        await settings.egress.rules.keep(tx, { rule, systemId: ruleOwner(name) }, actor);
      await settings.border.store(tx, [stateFact(settings, row)]);
      await settings.ledger.append(tx, {
        kind: 'warehouse-registered',
        actor,
        warehouse: name,
        engine: place.kind,
        mode: row.mode,
        endpoint: hash('sha256', JSON.stringify(place)),
      });
    });
    settings.border.wake();
    return row;
  } catch (thrown) {
    if (rule !== null) await settings.egress.rules.remove(rule.id, actor).catch(() => undefined);
    throw thrown;
  }
}

/** The one role of an Elementary schema is a reading one. */
function readerOf(wish: WarehouseWish, place: Place, login: Login | null): Login | null {
  if (place.kind === 'duckdb') return null;
  return wish.elementary ? login : wish.reader;
}

/** A schema of Elementary is only looked at: its role may read the tables that are read, and not the failed rows. */
async function prepareElementary(
  settings: CollectorSettings,
  { name, place, reader, results }: Preparing,
): Promise<ReachReport> {
  if (reader === null) {
    throw new Problem('unsupported', 'a schema of Elementary is read from PostgreSQL');
  }
  const warehouse = await openPlace(settings, place, reader);
  const report = await refuseWide(
    settings,
    warehouse,
    reachOf({ name, results, elementary: true }),
  );
  await refuseElsewhere(settings, { place, reader }, reachOf({ name, results, elementary: true }));
  const present = await warehouse.work((session) => presentColumns(session, results), {
    readOnly: true,
  });
  if (present.size > 0) return report;
  throw new Problem(
    'not-found',
    `schema \`${results}\` holds no table of Elementary that the role can read`,
    {
      hint: '`privet observe warehouse sql --elementary` prints what to grant',
    },
  );
}

/** Whose a way out is: rules name a system; a warehouse is told apart by its prefix. */
function ruleOwner(name: string): string {
  return `warehouse/${name}`;
}

function placeOfWish(wish: WarehouseWish): { readonly place: Place; readonly login: Login | null } {
  if ((wish.connection === null) === (wish.path === null)) {
    throw new Problem('invalid', 'a warehouse expected either `connection` or `path`');
  }
  if (wish.path !== null) return { place: { kind: 'duckdb', path: wish.path }, login: null };
  const { user, ...address } = addressFrom(wish.connection ?? '');
  const place = { kind: 'postgresql', ...address, authorities: wish.authorities } as const;
  return { place, login: { user, password: wish.password } };
}

/**
 * Control joins a warehouse and a system of the same name: they must be the same database. A system has no other name as a
 * warehouse either, for what monitors may ask of its tables is for their owners, found by it. No monitor runs where results
 * of Elementary are read.
 */
async function refuseOtherName(
  settings: CollectorSettings,
  { name, elementary }: Pick<WarehouseWish, 'name' | 'elementary'>,
  place: Place,
): Promise<void> {
  const systems = await settings.sources.list();
  const here = systems.filter(
    ({ host, port, database }) =>
      place.kind === 'postgresql' &&
      host === place.host &&
      port === place.port &&
      database === place.database,
  );
  if (here.some((system) => system.name === name)) return;
  if (systems.some((system) => system.name === name)) {
    throw new Problem('conflict', `system \`${name}\` is another database`, {
      hint: 'a warehouse has the name of the system it is, or a name no system has',
    });
  }
  const [system] = here;
  if (system === undefined || elementary) return;
  throw new Problem('conflict', `the database is system \`${system.name}\``, {
    hint: 'a warehouse has the name of the system it is',
  });
}

type Preparing = {
  readonly name: string;
  readonly place: Place;
  readonly login: Login | null;
  readonly reader: Login | null;
  readonly results: string;
};

/** Looks at both roles, makes the results schema, lets the reader at its views. Gives what the reader can reach. */
async function prepare(settings: CollectorSettings, wish: Preparing): Promise<ReachReport | null> {
  const collector = await openPlace(settings, wish.place, wish.login);
  try {
    if (wish.place.kind === 'postgresql')
      await refuseWide(settings, collector, { ...wish, use: 'collect' });
    await collector.work(async (session) => {
      await ensureResultSchema(session, wish.results);
      if (wish.reader !== null) {
        const reader = quoted(wish.reader.user);
        await session.query(`grant usage on schema ${quoted(wish.results)} to ${reader}`);
        const views = RESULT_VIEWS.map((view) => resultName(wish.results, view)).join(', ');
        await session.query(`grant select on ${views} to ${reader}`);
      }
    });
  } finally {
    await collector.close();
  }
  if (wish.reader === null) return null;
  const reader = await openPlace(settings, wish.place, wish.reader);
  const of = reachOf({ ...wish, elementary: false });
  const report = await refuseWide(settings, reader, of);
  await refuseElsewhere(settings, wish, of);
  return report;
}

/** Forgets a warehouse and its credentials; its results stay where they are. */
export async function forgetWarehouse(
  settings: CollectorSettings,
  name: string,
  actor: Person,
): Promise<void> {
  const row = await findWarehouse(settings.pool, name);
  await transaction(settings.pool, async (tx) => {
    await deleteWarehouse(tx, name);
    await settings.egress.rules.drop(tx, ruleOwner(name), actor);
    await settings.border.store(tx, [{ ...stateFact(settings, row), state: 'removed' }]);
    await settings.ledger.append(tx, { kind: 'warehouse-forgotten', actor, warehouse: name });
  });
  settings.border.wake();
}

/** How a warehouse is, as control is told. */
export function stateFact(
  settings: Pick<CollectorSettings, 'clock'>,
  row: Pick<WarehouseRow, 'name' | 'place' | 'mode' | 'state' | 'fault'>,
): FactBody<'warehouse-state'> {
  return {
    kind: 'warehouse-state',
    timeMs: settings.clock(),
    warehouse: row.name,
    system: null,
    engine: row.place.kind,
    state: row.state,
    fault: row.fault,
    mode: row.mode,
  };
}
