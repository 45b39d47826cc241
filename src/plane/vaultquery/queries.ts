import { Problem } from '#base/problem';
import { encodeFrontend } from '#engines/pgwire';
import type { BindMessage } from '#engines/pgwire';
import type { PlanSession, StatementPlan, TableUse } from '#engines/sql';
import { problemOf, StatedProblem, startPlanThread } from '#plane/gateway';
import type { PlanThread } from '#plane/gateway';
import type {
  AskedRedaction,
  ScannedRow,
  ScanTable,
  VaultCaller,
  Vaults,
  VaultSchema,
} from '#plane/vault';
import { copyField } from './cell.ts';
import { createExecutors } from './executor.ts';
import type { Executors } from './executor.ts';
import { lookupOf } from './lookup.ts';
import { parameterText } from './parametertext.ts';
import type { ParameterText } from './parametertext.ts';
import type { OrderTable } from './order.ts';
import { createTurns } from './turns.ts';
import type { Turns } from './turns.ts';
import { readServed } from './served.ts';
import type { Served } from './served.ts';
import type { VaultQuerySettings } from './settings.ts';
import { shapeOf } from './shape.ts';
import type { QueryRulings, Shape, ShapedColumn, ShapedTable } from './shape.ts';

/** Who asks of which vault, what was decided about them, and what a bare column means to them. */
export type QueryView = {
  readonly caller: VaultCaller;
  readonly vault: VaultSchema;
  readonly rulings: QueryRulings;
  /** At which level a column is shown that is not in REDACTION(). */
  readonly asked: AskedRedaction;
};

/** A text that was understood, statement by statement, for views of the same shape. */
export type PlannedQuery = {
  readonly shape: Shape;
  readonly statements: readonly StatementPlan[];
};

/** One statement to be worked out. */
export type QueryRun = {
  readonly view: QueryView;
  readonly shape: Shape;
  readonly statement: StatementPlan;
  readonly parameterTypes?: readonly number[];
  /** As Bind has them; null describes and runs nothing. */
  readonly bound?: BoundParameters | null;
  readonly settings?: readonly (readonly [name: string, value: string])[];
  readonly signal?: AbortSignal;
};

type BoundParameters = Pick<BindMessage, 'parameters' | 'resultFormats'>;

export type VaultQueries = {
  /** Size of the largest answer there is. */
  readonly answerBytesMax: number;
  /** Understands a text; throws a `StatedProblem`, and `limit` where that takes too long. */
  plan(view: QueryView, text: string, session: PlanSession): Promise<PlannedQuery>;
  /** Works a planned statement out; throws as the vault's `scan`, a `StatedProblem` for what PostgreSQL refuses, and `limit`. */
  run(run: QueryRun): Promise<Served>;
  close(): Promise<void>;
};

const PLAN_MS_MAX = 5_000;
/** No parameters, no formats of them; results as texts. */
const UNBOUND: BoundParameters = { parameters: new Uint8Array(4), resultFormats: [] };

export function openVaultQueries(ports: {
  readonly vaults: Pick<Vaults, 'scan'>;
  readonly settings: VaultQuerySettings;
  readonly clock: () => number;
}): VaultQueries {
  const { settings } = ports;
  const { executorsMax, executorIdleSeconds: idleSeconds, secondsMax } = settings;
  const executors = createExecutors({ executorsMax, idleSeconds, secondsMax });
  const turns = createTurns(executorsMax);
  let thread: PlanThread | null = null;
  return {
    answerBytesMax: settings.answerBytesMax,
    plan: (view, text, session) => {
      thread ??= startPlanThread(PLAN_MS_MAX);
      return planText(thread, { view, text, session });
    },
    run: (run) => runStatement({ ...ports, executors, turns }, run),
    async close() {
      await Promise.all([thread?.close(), executors.close()]);
    },
  };
}

async function planText(
  thread: PlanThread,
  asked: { readonly view: QueryView; readonly text: string; readonly session: PlanSession },
): Promise<PlannedQuery> {
  const { view, text, session } = asked;
  const levels = /\bredaction\s*\(/iu.test(text);
  const shape = shapeOf(view.vault, view.rulings, { asked: view.asked, levels });
  const { catalog } = shape;
  // What a caller may not see is not in the catalog at all: of what is there, everything is open.
  const rules = catalog.relations.map(({ oid }) => [oid, { kind: 'open' }] as const);
  const { result } = await thread.plan({ catalog, text, session, rules });
  if (result.kind === 'plan') return { shape, statements: result.statements };
  if (result.kind === 'refused') {
    const { sqlState, position } = result;
    const problem = sqlState === READ_ONLY ? onlyReads() : problemOf(result.problem);
    throw new StatedProblem(problem, { sqlState, position });
  }
  throw new Problem('limit', 'statement is too complex to be planned', {
    hint: 'split it into smaller statements',
  });
}

/** SQLSTATE of a write where none may be. */
const READ_ONLY = '25006';

function onlyReads(): Problem {
  return new Problem('denied', 'a query only reads', {
    hint: 'records are written and deleted through the paths of the vault’s API',
  });
}

type Ground = {
  readonly vaults: Pick<Vaults, 'scan'>;
  readonly settings: VaultQuerySettings;
  readonly clock: () => number;
  readonly executors: Executors;
  readonly turns: Turns;
};

async function runStatement(ground: Ground, run: QueryRun): Promise<Served> {
  const { caller, vault } = run.view;
  const { tables } = run.shape;
  // What reads a table is refused, with its reasons, where the table is.
  const reads = tables.some(({ table }) => run.statement.use?.tables.has(table.name) === true);
  if (!reads && tables.every(({ columns }) => columns === null)) {
    throw new Problem('denied', `no table of vault \`${vault.name}\` is yours to read`);
  }
  const leave = await ground.turns.enter(subjectOf(caller), run.signal);
  try {
    return await workOut(ground, run);
  } finally {
    leave();
  }
}

function subjectOf({ actor }: VaultCaller): string {
  return actor.kind === 'subject' ? actor.id : actor.kind;
}

async function workOut(ground: Ground, run: QueryRun): Promise<Served> {
  const { settings } = ground;
  const { shape, bound = UNBOUND } = run;
  const rows = bound === null ? new Map<string, Lines>() : await rowsOf(ground, { ...run, bound });
  const bytes = await ground.executors.run(
    {
      shape: shape.digest,
      tables: shape.tables.flatMap((one) => orderTable(one, rows.get(one.table.name) ?? NO_ROWS)),
      settings: run.settings ?? [],
      messages: messagesOf(run, bound, settings.rowsAnsweredMax),
      answerBytesMax: settings.answerBytesMax,
    },
    run.signal,
  );
  return readServed(bytes, settings.rowsAnsweredMax);
}

/** Rows of a table as COPY takes them, with the columns they have. */
type Lines = Pick<OrderTable, 'loaded' | 'rows'>;
const NO_ROWS: Lines = { loaded: [], rows: null };

function orderTable({ table, columns }: ShapedTable, lines: Lines): OrderTable[] {
  if (columns === null) return [];
  const typed = columns.map(({ name, type }) => ({ name, type: type.name }));
  return [{ name: table.name, comment: table.description, columns: typed, ...lines }];
}

/** Parse, Bind, Describe, Execute, Sync; without Bind it is described only. */
function messagesOf(run: QueryRun, bound: BoundParameters | null, rowsMax: number): Uint8Array {
  const { statement, parameterTypes = [] } = run;
  const parse = { kind: 'parse', name: '', text: statement.text, parameterTypes } as const;
  const describe = { kind: 'describe', name: '' } as const;
  const rest =
    bound === null
      ? [{ ...describe, target: 'statement' } as const]
      : [
          { kind: 'bind', portal: '', statement: '', ...bound } as const,
          { ...describe, target: 'portal' } as const,
          { kind: 'execute', portal: '', rowsMax: rowsMax + 1 } as const,
        ];
  return Buffer.concat([parse, ...rest, { kind: 'sync' } as const].map(encodeFrontend));
}

/** Lines of COPY for each table that the statement reads. */
async function rowsOf(
  ground: Ground,
  run: QueryRun & { readonly bound: BoundParameters },
): Promise<ReadonlyMap<string, Lines>> {
  const { view, shape, statement, bound } = run;
  const { use } = statement;
  if (use === undefined) return new Map();
  const parameter = parameterText(bound.parameters, run.parameterTypes ?? []);
  const read = shape.tables.filter(({ table }) => use.tables.has(table.name));
  const wanted = read.map((shaped) => wantedOf(shaped, use, parameter));
  if (wanted.length === 0) return new Map();
  const { rowsScannedMax, loadedBytesMax, secondsMax } = ground.settings;
  const scanned = await ground.vaults.scan({
    caller: view.caller,
    vault: view.vault.id,
    ruling: view.rulings.ruling,
    budget: view.rulings.budget(read.map(({ table }) => table)),
    tables: wanted.map(({ scan }) => scan),
    limits: {
      rowsMax: rowsScannedMax,
      bytesMax: loadedBytesMax,
      untilMs: ground.clock() + secondsMax * 1_000,
    },
  });
  return new Map(
    wanted.map(({ shaped, used }, i) => [
      shaped.table.name,
      linesOf(shaped, used, scanned[i] ?? []),
    ]),
  );
}

type Wanted = {
  readonly shaped: ShapedTable;
  readonly used: ReadonlySet<string>;
  readonly scan: ScanTable;
};

/** Only columns that the statement can mean are opened. */
function wantedOf(shaped: ShapedTable, use: TableUse, parameter: ParameterText): Wanted {
  const named = new Set(use.names);
  const columns = (shaped.columns ?? []).filter(
    ({ of, name }) => of !== null && (use.unnamed || named.has(name)),
  );
  const scan = {
    table: shaped.table.id,
    columns: columns.flatMap(({ of }) =>
      of === null ? [] : [{ column: of.column.id, asked: of.asked }],
    ),
    lookup: lookupOf(shaped, use, parameter),
  };
  return { shaped, used: new Set(columns.map(({ name }) => name)), scan };
}

function linesOf(
  { columns }: ShapedTable,
  used: ReadonlySet<string>,
  rows: readonly ScannedRow[],
): Lines {
  const loaded = (columns ?? []).filter((column) => column.of === null || used.has(column.name));
  return {
    loaded: loaded.map(({ name }) => name),
    rows: rows.map((row) => lineOf(loaded, row)).join(''),
  };
}

function lineOf(columns: readonly ShapedColumn[], { id, values }: ScannedRow): string {
  let next = 0;
  const fields = columns.map(({ of, type }) =>
    of === null ? id : copyField(type, values[next++] ?? null),
  );
  return `${fields.join('\t')}\n`;
}
