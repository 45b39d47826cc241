import type { FactBody, FactOf } from '#boundary';
import { checkOf, oneOf, periodSeconds, testIdOf } from './dbtnode.ts';
import type { DbtTest, NodeGate } from './dbtnode.ts';
import { LEAST_ROWS, tally } from '../monitor/gate.ts';
import { countIn, docIn, docOf, momentIn, numberIn, stringIn } from './jsonvalue.ts';
import type { Doc } from './jsonvalue.ts';
import { messageFrom, nameFrom, wordFrom } from './leakgate.ts';
import type { TextGate } from './leakgate.ts';
import { toMinute } from '../rounding.ts';
import { pieces } from '../tell.ts';

type NodeRun = FactOf<'node-runs'>['runs'][number];
type Result = FactOf<'test-results'>['results'][number];
type Freshness = FactOf<'source-freshness'>['results'][number];

/** What is told of one execution; a test's definition is added from the manifest when it is told. */
export type Execution =
  | { readonly kind: 'node'; readonly run: Omit<NodeRun, 'run'> }
  | { readonly kind: 'test'; readonly test: string; readonly result: TestRun };

export type TestRun = Pick<Result, 'status' | 'fault' | 'message' | 'failures' | 'durationMs'> & {
  readonly unit: boolean;
  readonly endedMs: number | null;
};

const NODE_STATUS = {
  success: 'success',
  error: 'error',
  fail: 'error',
  skipped: 'skipped',
  'partial success': 'partial',
  'no-op': 'no-op',
} as const;
const TEST_STATUS = {
  pass: 'pass',
  success: 'pass',
  warn: 'warn',
  fail: 'fail',
  error: 'error',
  'runtime error': 'error',
  skipped: 'skipped',
} as const;

/** One item of `run_results.json`; null for what has no id or a status nobody knows. */
export async function executionFrom(gate: NodeGate, value: unknown): Promise<Execution | null> {
  const doc = docOf(value);
  const uniqueId = stringIn(doc, 'unique_id');
  const status = stringIn(doc, 'status')?.toLowerCase() ?? '';
  if (uniqueId === null) return null;
  const timing = timingOf(doc, 'execute');
  const message = stringIn(doc, 'message');
  if (/^(?:unit_)?test\./u.test(uniqueId)) {
    const told = TEST_STATUS[status as keyof typeof TEST_STATUS];
    if (told === undefined) return null;
    const seconds = numberIn(doc, 'execution_time');
    return {
      kind: 'test',
      test: await testIdOf(gate, gate.target, uniqueId),
      result: {
        status: told,
        ...(await messageFrom(gate, message, told === 'error')),
        failures: tally(countIn(doc, 'failures'), LEAST_ROWS),
        durationMs: seconds === null ? null : Math.max(0, Math.round(seconds * 1_000)),
        unit: uniqueId.startsWith('unit_'),
        endedMs: timing.endMs,
      },
    };
  }
  const told = NODE_STATUS[status as keyof typeof NODE_STATUS];
  const node = nameFrom(uniqueId, 400);
  if (told === undefined || node === null) return null;
  return { kind: 'node', run: await nodeRun(gate, doc, { node, status: told, timing }) };
}

type Timing = { readonly startMs: number | null; readonly endMs: number | null };

async function nodeRun(
  gate: NodeGate,
  doc: Doc,
  {
    node,
    status,
    timing,
  }: { readonly node: string; readonly status: NodeRun['status']; readonly timing: Timing },
): Promise<Omit<NodeRun, 'run'>> {
  const response = docIn(doc, 'adapter_response');
  const compile = timingOf(doc, 'compile');
  const compiled = stringIn(doc, 'compiled_code');
  const [code = null] =
    compiled === null ? [] : await gate.digest([JSON.stringify(['code', compiled])]);
  const seconds = numberIn(doc, 'execution_time');
  return {
    node,
    resource: wordFrom(node.split('.')[0] ?? '') ?? 'node',
    status,
    ...(await messageFrom(gate, stringIn(doc, 'message'), status === 'error')),
    startedMs: timing.startMs,
    completedMs: timing.endMs,
    executionMs: seconds === null ? null : Math.max(0, Math.round(seconds * 1_000)),
    compileMs:
      compile.startMs === null || compile.endMs === null
        ? null
        : Math.max(0, compile.endMs - compile.startMs),
    rowsAffected: countIn(response, 'rows_affected'),
    bytesProcessed: countIn(response, 'bytes_processed'),
    materialized: null,
    code,
  };
}

function timingOf(doc: Doc, name: string): Timing {
  const all = Array.isArray(doc['timing']) ? doc['timing'].map(docOf) : [];
  const found = all.find((one) => one['name'] === name) ?? {};
  return { startMs: momentIn(found, 'started_at'), endMs: momentIn(found, 'completed_at') };
}

/** What a run was, from its artifact and from what the uploader knows of the job; all of it optional. */
export type Invocation = {
  readonly id: string;
  readonly generatedMs: number;
  readonly toolVersion: string | null;
  readonly adapter: string | null;
  readonly command: FactOf<'run-result'>['command'];
  readonly target: string | null;
  readonly fullRefresh: boolean | null;
  readonly elapsedMs: number | null;
  readonly project: string | null;
};

const COMMANDS = ['run', 'build', 'test', 'seed', 'snapshot', 'compile', 'docs'] as const;

/** The invocation of the `metadata` and `args` of an artifact; variables and selections are not looked at. */
export async function invocationFrom(
  gate: Pick<TextGate, 'digest'>,
  {
    metadata,
    args,
    elapsed,
  }: { readonly metadata: Doc; readonly args: Doc; readonly elapsed: unknown },
): Promise<Invocation> {
  const which = stringIn(args, 'which') ?? '';
  const fullRefresh = args['full_refresh'];
  return {
    id: await runIdFrom(gate, stringIn(metadata, 'invocation_id')),
    generatedMs: momentIn(metadata, 'generated_at') ?? 0,
    toolVersion: versionFrom(stringIn(metadata, 'dbt_version')),
    adapter: wordFrom(stringIn(metadata, 'adapter_type')),
    command: which === 'freshness' ? 'source-freshness' : (oneOf(which, COMMANDS) ?? 'other'),
    target: wordFrom(stringIn(args, 'target')),
    fullRefresh: typeof fullRefresh === 'boolean' ? fullRefresh : null,
    elapsedMs: typeof elapsed === 'number' && elapsed >= 0 ? Math.round(elapsed * 1_000) : null,
    project: nameFrom(stringIn(metadata, 'project_name')),
  };
}

/** An invocation's id has the form of a UUID; anything else is stood for by one. */
export async function runIdFrom(
  gate: Pick<TextGate, 'digest'>,
  text: string | null,
): Promise<string> {
  if (text !== null && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u.test(text)) return text;
  const [digest = ''] = await gate.digest([JSON.stringify(['run', text])]);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(12, 16),
    digest.slice(16, 20),
    digest.slice(20, 32),
  ].join('-');
}

export function versionFrom(text: string | null): string | null {
  return text !== null && /^[0-9A-Za-z.+-]{1,40}$/u.test(text) ? text : null;
}

/** What the uploader says of the job: names, checked again. */
export type Job = {
  readonly environment: string | null;
  readonly job: string | null;
  readonly orchestrator: string | null;
  readonly commit: string | null;
};

type Told = {
  readonly invocation: Invocation;
  readonly job: Job;
  readonly executions: readonly Execution[];
  readonly tests: ReadonlyMap<string, DbtTest>;
};

/** The facts of one `run_results.json`. */
export async function runResultFacts(
  gate: NodeGate,
  { invocation, job, executions, tests }: Told,
  head: { readonly timeMs: number; readonly warehouse: string },
): Promise<readonly FactBody[]> {
  const runs = executions.flatMap((one) =>
    one.kind === 'node' ? [{ run: invocation.id, ...one.run }] : [],
  );
  const results: Result[] = [];
  for (const one of executions) {
    if (one.kind === 'test')
      results.push(await resultFrom(gate, one, { invocation, test: tests.get(one.test) }));
  }
  const statuses = [...runs, ...results].map(({ status }) => status);
  const count = (...wanted: string[]) =>
    statuses.filter((status) => wanted.includes(status)).length;
  const failed = count('error', 'fail');
  const warned = count('warn', 'partial');
  const skipped = count('skipped');
  return [
    ...pieces(runs).map((some) => ({ kind: 'node-runs', ...head, runs: some }) as const),
    ...pieces(results).map((some) => ({ kind: 'test-results', ...head, results: some }) as const),
    runFact(invocation, job, {
      head,
      status: failed > 0 ? 'failed' : warned > 0 ? 'warning' : 'success',
      counts: {
        total: statuses.length,
        succeeded: statuses.length - failed - warned - skipped,
        warned,
        failed,
        skipped,
      },
    }),
  ];
}

type RunOutcome = {
  readonly head: { readonly timeMs: number; readonly warehouse: string };
  readonly status: FactOf<'run-result'>['status'];
  readonly counts: FactOf<'run-result'>['counts'];
};

function runFact(
  invocation: Invocation,
  job: Job,
  { head, status, counts }: RunOutcome,
): FactBody<'run-result'> {
  const {
    id,
    generatedMs,
    toolVersion,
    adapter,
    command,
    target,
    fullRefresh,
    elapsedMs,
    project,
  } = invocation;
  return {
    kind: 'run-result',
    ...head,
    run: id,
    origin: 'dbt',
    command,
    status,
    fault: null,
    project,
    target,
    ...job,
    adapter,
    toolVersion,
    fullRefresh,
    startedMs: elapsedMs === null ? null : Math.max(0, generatedMs - elapsedMs),
    completedMs: generatedMs,
    user: null,
    counts,
  };
}

async function resultFrom(
  gate: NodeGate,
  { test: id, result }: Extract<Execution, { kind: 'test' }>,
  { invocation, test }: { readonly invocation: Invocation; readonly test: DbtTest | undefined },
): Promise<Result> {
  const { unit, endedMs, ...told } = result;
  const [check, dimension] = unit
    ? (['unit', 'accuracy'] as const)
    : checkOf(null, test === undefined ? 'test' : null);
  const [digest = ''] = await gate.digest([
    JSON.stringify(['dbt-result', gate.target, invocation.id, id]),
  ]);
  return {
    result: digest,
    test: id,
    name: test?.name ?? (unit ? 'unit test' : 'test'),
    origin: 'dbt',
    check: test?.check ?? check,
    dimension: test?.dimension ?? dimension,
    node: test?.node ?? null,
    table: null,
    column: test?.column ?? null,
    severity: test?.severity ?? 'high',
    ...told,
    rows: null,
    run: invocation.id,
    atMs: endedMs ?? invocation.generatedMs,
    samples: 0,
    owners: test?.owners ?? [],
    tags: test?.tags ?? [],
  };
}

const FRESHNESS_STATUS = {
  pass: 'pass',
  warn: 'warn',
  error: 'error',
  'runtime error': 'runtime-error',
} as const;

/** What one item of `sources.json` says, before the run it is of is known. */
export type FreshnessFound = Omit<Freshness, 'result' | 'run'>;

/** One item of `sources.json`; null for what has no id or a status nobody knows. */
export async function freshnessFrom(
  gate: NodeGate,
  value: unknown,
): Promise<FreshnessFound | null> {
  const doc = docOf(value);
  const node = nameFrom(stringIn(doc, 'unique_id'), 400);
  const status =
    FRESHNESS_STATUS[
      (stringIn(doc, 'status')?.toLowerCase() ?? '') as keyof typeof FRESHNESS_STATUS
    ];
  if (node === null || status === undefined) return null;
  const criteria = docIn(doc, 'criteria');
  const { fault } = await messageFrom(gate, stringIn(doc, 'error'), status === 'runtime-error');
  const loadedMs = momentIn(doc, 'max_loaded_at');
  const ageSeconds = countIn(doc, 'max_loaded_at_time_ago_in_s');
  return {
    node,
    status,
    fault,
    // The greatest of a column of times is one row's own: to the minute.
    maxLoadedMs: loadedMs === null ? null : toMinute(loadedMs / 1_000) * 1_000,
    snapshottedMs: momentIn(doc, 'snapshotted_at'),
    ageSeconds: ageSeconds === null ? null : toMinute(ageSeconds),
    warnAfterSeconds: periodSeconds(docIn(criteria, 'warn_after')),
    errorAfterSeconds: periodSeconds(docIn(criteria, 'error_after')),
  };
}

/** The results of a run, each under an id of its own. */
export async function freshnessResults(
  gate: NodeGate,
  found: readonly FreshnessFound[],
  run: string,
): Promise<readonly Freshness[]> {
  const ids = await gate.digest(
    found.map(({ node }) => JSON.stringify(['freshness', gate.target, run, node])),
  );
  return found.map((one, at) => ({ result: ids[at] ?? '', run, ...one }));
}
