import { Readable } from 'node:stream';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { ARTIFACTS } from '#plane/collector';
import type { Collector } from '#plane/collector';
import { applyMonitors } from './monitorreach.ts';
import { IDENTITY, permission } from './need.ts';
import { route } from './route.ts';
import { showSamples } from './samples.ts';
import { momentOf, nameParams, secretField, word } from './shape.ts';

const area = 'observe';
const KEEPER = permission('data-owner', 'operator');
const READER = permission('data-owner', 'operator', 'governor', 'auditor');

/** Documents are checked by the collector itself, which names what is wrong in them (docs/formats/monitors.md). */
const documentShape = z
  .record(z.string(), z.unknown())
  .describe('a monitor as docs/formats/monitors.md has it');
const APPLY_BYTES_MAX = 16 * 1024 * 1024;

/** A word about a job, as the border takes it. */
const jobWord = z.string().regex(/^[A-Za-z][A-Za-z0-9_.+-]{0,62}$/u);

const warehouseShape = z.object({
  name: z.string(),
  engine: z.enum(['postgresql', 'duckdb']),
  place: z.string().describe('host, port and database, or the file'),
  results: z.string().describe('schema the results go to'),
  mode: z.enum(['push', 'pull']),
  elementary: z.boolean(),
  collectorRole: z.string().nullable(),
  readerRole: z.string().nullable(),
  state: z.enum(['ok', 'down', 'refused']),
  fault: z.string().nullable(),
  lookedAt: z.iso.datetime().nullable(),
  registeredBy: z.string(),
  registeredAt: z.iso.datetime(),
});

const monitorShape = z.object({
  name: z.string(),
  warehouse: z.string(),
  table: z.string(),
  state: z.enum(['active', 'paused']),
  schedule: z.string().nullable(),
  metrics: z.number(),
  tests: z.number(),
  lastRun: z.string().nullable(),
  appliedBy: z.string(),
  appliedAt: z.iso.datetime(),
});

const runShape = z.object({
  run: z.string(),
  state: z.enum(['waiting', 'running', 'retrying', 'done', 'failed']),
  attempt: z.number(),
  done: z.number().describe('steps done'),
  total: z.number().nullable().describe('steps there are, null before they are known'),
  problem: z.string().nullable().describe('of the last attempt'),
  enqueuedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
});

type Warehouse = Awaited<ReturnType<Collector['warehouses']['find']>>;
type Monitor = Awaited<ReturnType<Collector['monitors']['find']>>;
type Run = Awaited<ReturnType<Collector['runs']>>[number];

export const collectorRoutes = [
  route({
    method: 'GET',
    path: '/observe/warehouses',
    operation: 'listWarehouses',
    need: READER,
    area,
    summary: 'List the warehouses that are watched',
    answers: z.object({ items: z.array(warehouseShape) }),
    handle: async ({ room }) => ({
      items: (await room.collector.warehouses.list()).map(shownWarehouse),
    }),
  }),
  route({
    method: 'POST',
    path: '/observe/warehouses',
    operation: 'registerWarehouse',
    need: KEEPER,
    area,
    summary:
      'Register a warehouse, once the server says that its roles reach no more than they need',
    body: z.object({
      name: word,
      connection: z
        .string()
        .max(2_000)
        .nullish()
        .describe('as of a system, with the collecting role; null for DuckDB'),
      password: secretField.nullish(),
      authorities: z
        .string()
        .max(64 * 1024)
        .nullish(),
      path: z
        .string()
        .max(1_000)
        .nullish()
        .describe('a DuckDB file, in the directory the settings name'),
      results: z.string().min(1).max(63).nullish().describe('`privet_observe` without it'),
      elementary: z
        .boolean()
        .nullish()
        .describe('the schema is one of the Elementary dbt package, to be read only'),
      reader: z
        .object({ user: word, password: secretField.nullish() })
        .nullish()
        .describe(
          'role that reads the results and no more; without it the collector tells what it wrote',
        ),
    }),
    answers: warehouseShape,
    status: 201,
    perMinute: 60,
    handle: async ({ room, body, actor }) => {
      const {
        name,
        connection = null,
        password = null,
        authorities = null,
        path = null,
        results = null,
      } = body;
      const reader = body.reader
        ? { user: body.reader.user, password: body.reader.password ?? null }
        : null;
      const elementary = body.elementary === true;
      const wish = { name, connection, password, authorities, path, results, reader, elementary };
      return shownWarehouse(await room.collector.warehouses.register(wish, actor));
    },
  }),
  route({
    method: 'GET',
    path: '/observe/warehouses/:name',
    operation: 'showWarehouse',
    need: READER,
    area,
    summary: 'Show a warehouse',
    params: nameParams,
    answers: warehouseShape,
    handle: async ({ room, params }) =>
      shownWarehouse(await room.collector.warehouses.find(params.name)),
  }),
  route({
    method: 'DELETE',
    path: '/observe/warehouses/:name',
    operation: 'forgetWarehouse',
    need: KEEPER,
    area,
    summary: 'Forget a warehouse, its monitors and its credentials; its results stay in it',
    params: nameParams,
    handle: async ({ room, params, actor }) => {
      await room.collector.warehouses.forget(params.name, actor);
      return undefined;
    },
  }),
  route({
    method: 'POST',
    path: '/observe/warehouses/:name/sync',
    operation: 'syncWarehouse',
    need: KEEPER,
    area,
    summary: 'Tell what a warehouse has to tell before its hour',
    params: nameParams,
    perMinute: 60,
    handle: async ({ room, params }) => {
      await room.collector.warehouses.sync(params.name);
      return undefined;
    },
  }),
  route({
    method: 'GET',
    path: '/observe/monitors',
    operation: 'listMonitors',
    need: READER,
    area,
    summary: 'List monitors',
    answers: z.object({ items: z.array(monitorShape) }),
    handle: async ({ room }) => ({
      items: (await room.collector.monitors.list()).map(shownMonitor),
    }),
  }),
  route({
    method: 'PUT',
    path: '/observe/monitors',
    operation: 'applyMonitors',
    need: KEEPER,
    area,
    summary:
      'Put monitors in place, all or none; one with conditions, values or SQL of its own needs an owner of each table it reads',
    body: z.object({
      documents: z.array(documentShape).min(1).max(2_000),
      prune: z.boolean().nullish().describe('remove the other monitors of the same warehouses'),
    }),
    bodyBytesMax: APPLY_BYTES_MAX,
    answers: z.object({
      changed: z.array(z.string()),
      unchanged: z.array(z.string()),
      removed: z.array(z.string()),
    }),
    perMinute: 60,
    handle: ({ room, body, caller, requestId }) =>
      applyMonitors(room, caller, {
        documents: body.documents,
        prune: body.prune === true,
        requestId,
      }),
  }),
  route({
    method: 'GET',
    path: '/observe/monitors/:name',
    operation: 'showMonitor',
    need: READER,
    area,
    summary: 'Show a monitor with its document',
    params: nameParams,
    answers: monitorShape.extend({ document: documentShape }),
    handle: async ({ room, params }) => {
      const kept = await room.collector.monitors.find(params.name);
      return {
        ...shownMonitor(kept),
        document: JSON.parse(kept.document) as Record<string, unknown>,
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/observe/monitors/:name',
    operation: 'removeMonitor',
    need: KEEPER,
    area,
    summary: 'Remove a monitor; what it measured stays',
    params: nameParams,
    handle: async ({ room, params, actor }) => {
      await room.collector.monitors.remove(params.name, actor);
      return undefined;
    },
  }),
  route({
    method: 'POST',
    path: '/observe/monitors/:name/run',
    operation: 'runMonitor',
    need: KEEPER,
    area,
    summary: 'Run a monitor as soon as its warehouse is free',
    params: nameParams,
    answers: z.object({ run: z.string() }),
    status: 201,
    perMinute: 120,
    handle: async ({ room, params }) => ({ run: await room.collector.monitors.run(params.name) }),
  }),
  route({
    method: 'GET',
    path: '/observe/runs',
    operation: 'listRuns',
    need: READER,
    area,
    summary: 'List runs of the last month and how far they are',
    query: z.object({ run: z.string().max(60).optional() }),
    answers: z.object({ items: z.array(runShape) }),
    handle: async ({ room, query }) => ({
      items: (await room.collector.runs(query.run)).map(shownRun),
    }),
  }),
  route({
    method: 'GET',
    path: '/observe/warehouses/:name/results/:result/rows',
    operation: 'showFailedRows',
    need: IDENTITY,
    area,
    summary:
      'Show rows that failed a test, as policy shows their table to you; each look is in the ledger',
    params: nameParams.extend({ result: z.string().regex(/^[0-9a-f]{64}$/u) }),
    query: z.object({ project: word.optional(), purpose: word.optional() }),
    answers: z.object({
      decision: z.string(),
      columns: z.array(z.string()),
      rows: z.array(z.array(z.string().nullable())),
    }),
    perMinute: 60,
    handle: ({ room, params, query, caller }) => {
      const { project = null, purpose = null } = query;
      const asked = { warehouse: params.name, result: params.result, project, purpose };
      return showSamples(room, caller, asked);
    },
  }),
  route({
    method: 'POST',
    path: '/observe/artifacts/:target/:artifact',
    operation: 'loadArtifact',
    need: KEEPER,
    area,
    summary: 'Load an artifact of dbt: its bytes as application/octet-stream, gzipped or not',
    params: z.object({
      target: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/u),
      artifact: z.enum(ARTIFACTS),
    }),
    query: z.object({
      descriptions: z
        .enum(['yes', 'no'])
        .optional()
        .describe('whether descriptions may reach control'),
      environment: jobWord.optional(),
      job: z.string().min(1).max(120).optional(),
      orchestrator: jobWord.optional(),
      commit: z
        .string()
        .regex(/^[0-9a-f]{7,64}$/u)
        .optional(),
    }),
    answers: z.object({
      state: z.enum(['loaded', 'known', 'stale']),
      facts: z.number(),
      bytes: z.number(),
    }),
    perMinute: 120,
    handle: ({ room, params, query, body, actor }) => {
      if (!(body instanceof Readable)) {
        throw new Problem('invalid', 'expected the artifact as application/octet-stream');
      }
      const { environment = null, job = null, orchestrator = null, commit = null } = query;
      return room.collector.load(
        {
          target: params.target,
          artifact: params.artifact,
          bytes: body,
          descriptions: query.descriptions === 'yes',
          job: { environment, job, orchestrator, commit },
        },
        actor,
      );
    },
  }),
];

function shownWarehouse({
  place,
  lookedAtMs,
  registeredAtMs,
  reachDigest: _digest,
  ...rest
}: Warehouse) {
  return {
    ...rest,
    engine: place.kind,
    place: place.kind === 'duckdb' ? place.path : `${place.host}:${place.port}/${place.database}`,
    lookedAt: lookedAtMs === null ? null : momentOf(lookedAtMs),
    registeredAt: momentOf(registeredAtMs),
  };
}

function shownMonitor({ monitor, lastRunId, appliedBy, appliedAtMs }: Monitor) {
  const { name, warehouse, table, state, schedule, metrics, tests } = monitor;
  return {
    name,
    warehouse,
    table: `${table.schema}.${table.name}`,
    state,
    schedule,
    metrics: metrics.length,
    tests: tests.length,
    lastRun: lastRunId,
    appliedBy,
    appliedAt: momentOf(appliedAtMs),
  };
}

function shownRun({ runId, enqueuedAtMs, startedAtMs, endedAtMs, ...rest }: Run) {
  return {
    run: runId,
    ...rest,
    enqueuedAt: momentOf(enqueuedAtMs),
    startedAt: startedAtMs === null ? null : momentOf(startedAtMs),
    endedAt: endedAtMs === null ? null : momentOf(endedAtMs),
  };
}
