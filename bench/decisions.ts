/**
 * How long a decision takes: 1,000 policies, 100,000 columns, 10,000 subjects, all generated.
 * `node --expose-gc bench/decisions.ts` prints a table; targets are in docs/benchmarks.md.
 */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { decide, prepare } from '#engines/policy';
import type { Decision, FactsInput, PolicyView, Request } from '#engines/policy';

const POLICIES = 1_000;
const SOURCES = 5_000;
const COLUMNS_PER_SOURCE = 20;
const SUBJECTS = 10_000;
const GROUPS = 200;
const TAGS = 100;
const COLD_QUESTIONS = 5_000;
const WARM_QUESTIONS = 1_000_000;

const tools = { sha256: (text: string) => createHash('sha256').update(text).digest('hex') };

/** A small generator (mulberry32), so that every run asks the same. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
const random = randomFrom(20_261_121);

const tag = (index: number) => `T${index % 10}.S${index}`;
const tagFacts = (count: number) =>
  Array.from({ length: count }, () => ({ name: tag(random(TAGS)) }));
const who = () => {
  const group = `group-${random(GROUPS)}`;
  switch (random(4)) {
    case 0:
      return { groups: [group, `group-${random(GROUPS)}`] };
    case 1:
      return { attributes: { region: [`r${random(20)}`] } };
    case 2:
      return { when: `'${group}' in user.groups && source.schema != 'hidden'` };
    default:
      return { anyOf: [{ groups: [group] }, { kinds: ['service'] }] };
  }
};
const common = (kind: string, index: number) => ({
  apiVersion: 'privet/v1',
  kind,
  name: `policy-${index}`,
});

/** A quarter subscriptions, a half masks, a quarter row filters; nine of ten by tag, the rest by name pattern. */
function policy(index: number): object {
  const tags = [tag(random(TAGS))];
  const target = random(10) === 0 ? { sources: [`sys${random(5)}.s${random(50)}.*`] } : { tags };
  if (index === 0) {
    const allow = { anyone: true };
    return { ...common('SubscriptionPolicy', index), target: { all: true }, allow };
  }
  if (index % 4 === 0) return { ...common('SubscriptionPolicy', index), target, allow: who() };
  if (index % 4 === 1) {
    const keep = { match: { columnTag: 'Region', attribute: 'region' } };
    const otherwise = [{ keep: { sql: "c0 > 5 AND c1 <> @user AND c2 = ANY(@attr('region'))" } }];
    return { ...common('DataPolicy', index), target, rows: { keep, for: who(), otherwise } };
  }
  const columns = random(10) === 0 ? { names: [`*${random(20)}`] } : { tags };
  const otherwise = [{ with: 'hash', for: who() }, { with: 'null' }];
  const mask = { columns, with: { kind: 'partial', keepLast: 4 }, for: who(), otherwise };
  return { ...common('DataPolicy', index), mask: { ...mask, except: who() } };
}

function generate(): FactsInput {
  return {
    subjects: Array.from({ length: SUBJECTS }, (_, i) => ({
      id: `sub_${i}`,
      name: `person-${i}.example`,
      kind: 'person' as const,
      state: 'active' as const,
      groups: Array.from({ length: 5 }, () => `group-${random(GROUPS)}`),
      attributes: { region: [`r${random(20)}`], team: [`t${random(50)}`] },
    })),
    sources: Array.from({ length: SOURCES }, (_, i) => ({
      id: `src_${i}`,
      system: `sys${i % 5}`,
      schema: `s${i % 50}`,
      name: `table${i}`,
      state: 'active' as const,
      tags: tagFacts(2),
      columns: Array.from({ length: COLUMNS_PER_SOURCE }, (_column, c) => ({
        name: `c${c}`,
        type: c % 3 === 0 ? 'bigint' : 'text',
        tags: c === 7 ? [{ name: 'Region' }] : tagFacts(random(2)),
      })),
    })),
    policies: Array.from({ length: POLICIES }, (_, i) => JSON.parse(JSON.stringify(policy(i)))),
    projects: [],
    purposes: [],
  };
}

const ask = (subject: number, source: number): Request => ({
  subject: `sub_${subject}`,
  project: null,
  purpose: null,
  source: `src_${source}`,
  operation: 'select',
  nowMs: 0,
});

function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

/** Sorted times, in microseconds, of one question after another. */
function timed(view: PolicyView, questions: readonly Request[]): readonly number[] {
  return questions
    .map((question) => {
      const start = performance.now();
      decide(view, question);
      return (performance.now() - start) * 1_000;
    })
    .toSorted((left, right) => left - right);
}

const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function run(): void {
  const facts = generate();
  const before = heapMb();
  const start = performance.now();
  const view = prepare(facts, tools);
  const prepareMs = performance.now() - start;
  const prepared = heapMb();

  const cold = Array.from({ length: COLD_QUESTIONS }, (_, i) => ask(random(SUBJECTS), i % SOURCES));
  const [first] = cold;
  if (first === undefined) return;
  const firstUs = timed(view, [first])[0] ?? Number.NaN;
  const newSource = timed(view, cold.slice(1));
  const knownSource = timed(
    view,
    cold.map((_, i) => ask(random(SUBJECTS), i % SOURCES)),
  );
  const filled = heapMb();

  const asked = Array.from({ length: 1_000 }, () => ask(random(SUBJECTS), random(SOURCES)));
  const answers: Decision[] = asked.map((question) => decide(view, question));
  const reasons = mean(answers.map((answer) => answer.reasons.length));
  const warmStart = performance.now();
  for (let i = 0; i < WARM_QUESTIONS; i++) decide(view, asked[i % asked.length] ?? first);
  const warmUs = ((performance.now() - warmStart) * 1_000) / WARM_QUESTIONS;

  const rows: [string, string, string][] = [
    ['warm: subject, source and view known', `${warmUs.toFixed(2)} µs`, '≤ 5 µs'],
    ['cold: source seen before, mean', `${mean(knownSource).toFixed(0)} µs`, '≤ 1,000 µs'],
    ['cold: source seen before, p99', `${at(knownSource, 0.99).toFixed(0)} µs`, '≤ 1,000 µs'],
    ['cold: source never seen, mean', `${mean(newSource).toFixed(0)} µs`, '≤ 1,000 µs'],
    ['cold: source never seen, p99', `${at(newSource, 0.99).toFixed(0)} µs`, '≤ 1,000 µs'],
    ['cold: worst of all', `${Math.max(at(newSource, 1), at(knownSource, 1)).toFixed(0)} µs`, ''],
    ['very first decision of a process', `${firstUs.toFixed(0)} µs`, ''],
    ['prepare a view', `${prepareMs.toFixed(0)} ms`, ''],
    ['memory of a view', `${(prepared - before).toFixed(0)} MB`, ''],
    ['memory after 10,000 decisions on 5,000 sources', `${(filled - before).toFixed(0)} MB`, ''],
    ['reasons in a decision, mean', reasons.toFixed(0), ''],
  ];
  console.log(
    `${POLICIES} policies, ${SOURCES * COLUMNS_PER_SOURCE} columns, ${SUBJECTS} subjects\n`,
  );
  console.log('| what | measured | target |\n| --- | --- | --- |');
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
  if (globalThis.gc === undefined) console.log('\nmemory is rough: run with --expose-gc');
}

run();
