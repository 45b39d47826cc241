import { Problem } from '#base/problem';
import type { CollectorSettings } from './context.ts';
import { ELEMENTARY_TABLES } from './elementary/elementarycolumns.ts';
import { faultOf } from './fault.ts';
import { lookAtReach } from './warehouse/reach.ts';
import type { ReachReport, ReachUse } from './warehouse/reach.ts';
import { RESULT_VIEWS } from './warehouse/resultschema.ts';
import { textIn } from './warehouse/warehouse.ts';
import type { Warehouse } from './warehouse/warehouse.ts';
import { openPlace } from './warehouse/warehouseopen.ts';
import type { Login } from './warehouse/warehouseopen.ts';
import type { Place, WarehouseRow } from './warehouse/warehousetable.ts';

/** What the reading role of a warehouse may reach. */
export function reachOf({
  name,
  results,
  elementary,
}: Pick<WarehouseRow, 'name' | 'results' | 'elementary'>) {
  return elementary
    ? ({ name, results, use: 'elementary', relations: ELEMENTARY_TABLES } as const)
    : ({ name, results, use: 'read', relations: RESULT_VIEWS } as const);
}

/**
 * What the role can reach; throws `denied` when that is more than its use allows, and writes that down. The names are
 * those of the customer's own objects, told to the person who may register them.
 */
export async function refuseWide(
  settings: Pick<CollectorSettings, 'ledger'>,
  warehouse: Warehouse,
  of: {
    readonly name: string;
    readonly results: string;
    readonly use: ReachUse;
    readonly relations?: readonly string[];
  },
): Promise<ReachReport> {
  const allowed = { schema: of.results, relations: of.relations ?? RESULT_VIEWS };
  const report = await warehouse.work((session) => lookAtReach(session, of.use, allowed), {
    readOnly: true,
  });
  if (report.beyond.length === 0) return report;
  throw await refusal(settings, report, of);
}

/** Writes down that a role was refused, and gives the problem that says so. */
async function refusal(
  settings: Pick<CollectorSettings, 'ledger'>,
  report: ReachReport,
  { name, use }: { readonly name: string; readonly use: ReachUse },
): Promise<Problem> {
  await settings.ledger.write({
    kind: 'warehouse-refused',
    actor: { kind: 'plane' },
    warehouse: name,
    use,
    beyond: report.beyond.length,
    digest: report.digest,
  });
  return wideProblem(report, use);
}

/** Databases of one server that are looked into. */
const DATABASES_MAX = 50;
const DATABASES = `select datname::text as name from pg_catalog.pg_database
  where datallowconn and datname <> current_database() and pg_catalog.has_database_privilege(datname, 'CONNECT')
  order by 1 limit ${DATABASES_MAX}`;

/**
 * Looks into the other databases of the server the reading role may connect to: what PUBLIC may read there, the role may,
 * too. Throws `denied` when that is anything. A database that cannot be connected to holds nothing for it.
 */
export async function refuseElsewhere(
  settings: CollectorSettings,
  { place, reader }: { readonly place: Place; readonly reader: Login | null },
  of: ReturnType<typeof reachOf>,
): Promise<void> {
  if (place.kind !== 'postgresql') return;
  const here = await openPlace(settings, place, reader);
  const databases = await here.work((session) => session.query(DATABASES), { readOnly: true });
  for (const found of databases) {
    const database = textIn(found, 'name');
    const there = await openPlace(settings, { ...place, database }, reader);
    const report = await reachThere(there, of);
    const beyond = (report?.beyond ?? [])
      .filter(({ kind }) => kind === 'relation' || kind === 'column')
      .map((entry) => ({ ...entry, name: `${database}: ${entry.name}` }));
    if (report !== null && beyond.length > 0) {
      throw await refusal(settings, { ...report, beyond }, of);
    }
  }
}

async function reachThere(
  warehouse: Warehouse,
  { use, results }: ReturnType<typeof reachOf>,
): Promise<ReachReport | null> {
  const allowed = { schema: results, relations: [] };
  try {
    return await warehouse.work((session) => lookAtReach(session, use, allowed), {
      readOnly: true,
    });
  } catch (thrown) {
    if (faultOf(thrown) === 'unreachable') return null;
    throw thrown;
  }
}

const SHOWN_MAX = 5;

const reports = new WeakMap<Problem, ReachReport>();

/** What a refused role could reach; undefined for any other problem. */
export function wideReach(problem: unknown): ReachReport | undefined {
  return problem instanceof Problem ? reports.get(problem) : undefined;
}

function wideProblem(report: ReachReport, use: ReachUse): Problem {
  const some = report.beyond
    .slice(0, SHOWN_MAX)
    .map(({ kind, name, privilege }) => `${privilege} on ${kind} \`${name}\``);
  const left = report.beyond.length - some.length;
  const more = left > 0 ? `, and ${left} more` : '';
  const may =
    use === 'collect'
      ? 'the collecting role may read tables and write its own schema'
      : 'the reading role may read the allowed views and tables';
  const problem = new Problem(
    'denied',
    `role \`${report.role}\` can reach more than it should: ${some.join(', ')}${more}`,
    {
      hint: `${may}, nothing else; \`privet observe warehouse sql\` prints what makes such a role`,
    },
  );
  reports.set(problem, report);
  return problem;
}
