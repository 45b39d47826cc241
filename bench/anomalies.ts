/**
 * How well and how fast anomalies are found: the Numenta Anomaly Benchmark, drawn row counts with faults, pure noise, and 100,000 series.
 * `node --expose-gc bench/anomalies.ts [folder of NAB] [nab | faults | noise | speed]` prints tables for docs/benchmarks.md; without the data (github.com/numenta/NAB, v1.1) the
 * first one is left out.
 */
import { performance } from 'node:perf_hooks';
import { ELEMENTARY_DEFAULTS, PRIVET_DEFAULTS, score } from '#engines/stats';
import type { PrivetSettings, Series, Settings } from '#engines/stats';
import { drawn, FAULTS, struck, WORLDS } from './anomalies/faults.ts';
import type { World } from './anomalies/faults.ts';
import { added, figuresOf, NOTHING, readNab, tally } from './anomalies/nab.ts';
import type { Labelled } from './anomalies/nab.ts';
import { NOISES, noiseSeries, randomFrom } from './anomalies/noise.ts';
import { RIVALS } from './anomalies/rivals.ts';

const DAY_MS = 86_400_000;
/** Nothing was looked at with this one while the engine was tuned; tuning had 1. */
const SEED = 20_261_128;
const DRAWS = 60;
const FIRST_JUDGED = 100;

type Flags = (series: Series) => readonly boolean[];

const flagsOf =
  (settings: Settings): Flags =>
  (series) =>
    score(series, settings).map(({ kind }) => kind === 'anomalous');

const row = (...cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const shown = (value: number, digits = 2) => value.toFixed(digits);

/** Even ones in order of name are for tuning: nothing of the others was looked at before the engine was as it is. */
function halves(nab: readonly Labelled[]) {
  return [
    { name: 'tuning', half: nab.filter((_, index) => index % 2 === 0) },
    { name: 'reported', half: nab.filter((_, index) => index % 2 === 1) },
  ] as const;
}

function figures(half: readonly Labelled[], flags: Flags) {
  return figuresOf(half.map((each) => tally(each, flags(each.series))).reduce(added, NOTHING));
}

function printFigures(label: string, half: readonly Labelled[], flags: Flags): void {
  const { recall, precision, f1, falsePerThousand } = figures(half, flags);
  row(label, shown(f1, 3), shown(recall), shown(precision), shown(falsePerThousand));
}

/** The threshold that is best on the tuning half. */
function bestThreshold(scored: readonly { each: Labelled; scores: readonly (number | null)[] }[]) {
  let best = { threshold: 1, f1: 0 };
  for (let threshold = 1; threshold < 30; threshold *= 1.05) {
    const sum = scored
      .map(({ each, scores }) =>
        tally(
          each,
          scores.map((one) => one !== null && one > threshold),
        ),
      )
      .reduce(added, NOTHING);
    const { f1 } = figuresOf(sum);
    if (f1 > best.f1) best = { threshold, f1 };
  }
  return best.threshold;
}

function benchNab(root: string): void {
  const nab = readNab(root);
  if (nab === null) {
    console.log(`no NAB data in ${root}: left out`);
    return;
  }
  const [tuning, reported] = halves(nab);
  for (const { name, half } of [tuning, reported, { name: 'all', half: nab }]) {
    console.log(`\n${name}: ${half.length} series`);
    row('method', 'F1', 'recall', 'precision', 'false alarms / 1,000');
    row('---', '---', '---', '---', '---');
    for (const rival of RIVALS) {
      const threshold = bestThreshold(
        tuning.half.map((each) => ({ each, scores: rival.score(each.series) })),
      );
      for (const limit of rival.usual === null ? [threshold] : [threshold, rival.usual]) {
        printFigures(`${rival.name}, threshold ${shown(limit, 1)}`, half, (series) =>
          rival.score(series).map((one) => one !== null && one > limit),
        );
      }
    }
    for (const budget of [0.5, 1, 2]) {
      const settings = { ...PRIVET_DEFAULTS, falseAlarmsPerThousand: budget };
      printFigures(`Privet, budget ${budget} in 1,000`, half, flagsOf(settings));
    }
  }
}

const METHODS: readonly (readonly [string, Flags])[] = [
  ['Elementary', flagsOf(ELEMENTARY_DEFAULTS)],
  ['Elementary, day_of_week', flagsOf({ ...ELEMENTARY_DEFAULTS, seasonality: 'day_of_week' })],
  ['Elementary, sensitivity 2', flagsOf({ ...ELEMENTARY_DEFAULTS, sensitivity: 2 })],
  ['Privet', flagsOf({ ...PRIVET_DEFAULTS, measure: 'count' })],
];

function benchFaults(world: World): void {
  console.log(`\n${world.name}`);
  row('method', ...FAULTS.map(({ name }) => name), 'false alarms / 1,000', 'outage of 3 days');
  row(...Array<string>(FAULTS.length + 3).fill('---'));
  for (const [name, flags] of METHODS) {
    const random = randomFrom(SEED);
    const found = FAULTS.map(() => 0);
    const outage = [0, 0, 0];
    let [alarms, days] = [0, 0];
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const { clean, day } = drawn(world, random);
      FAULTS.forEach(({ factor }, at) => {
        if (flags(struck(clean, day, { factor, days: 1 })).at(-1) === true) found[at]! += 1;
      });
      flags(struck(clean, day, { factor: 0, days: 3 }))
        .slice(-3)
        .forEach((flag, at) => (outage[at]! += Number(flag)));
      const judged = flags(clean).slice(FIRST_JUDGED);
      alarms += judged.filter(Boolean).length;
      days += judged.length;
    }
    const rates = found.map((count) => shown(count / DRAWS));
    const days123 = outage.map((count) => shown(count / DRAWS)).join(' / ');
    row(name, ...rates, shown((alarms / days) * 1_000, 1), days123);
  }
}

function benchNoise(): void {
  console.log('\nalarms on pure noise, of 1,000 judged points, by budget');
  row('noise', 'daily, 150 points', 'hourly, 600 points');
  row('---', '---', '---');
  for (const noise of NOISES) {
    const rates = [
      { stepMs: DAY_MS, points: 150, series: 200 },
      { stepMs: DAY_MS / 24, points: 600, series: 40 },
    ].map(({ stepMs, points, series }) => {
      const random = randomFrom(SEED);
      let [alarms, judged] = [0, 0];
      for (let index = 0; index < series; index += 1) {
        const verdicts = score(noiseSeries(noise, { stepMs, points, random }), PRIVET_DEFAULTS);
        verdicts.forEach(({ kind }, at) => {
          if (kind !== 'unjudged') judged += 1;
          if (kind === 'anomalous' && verdicts[at - 1]?.kind !== 'anomalous') alarms += 1;
        });
      }
      return shown((alarms / judged) * 1_000);
    });
    row(noise, ...rates);
  }
}

function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** 100,000 series of 120 days, the newest point of each judged with its explanation; series are made one at a time, as a store would give them. */
function benchSpeed(): void {
  const random = randomFrom(SEED);
  const patterns = Array.from({ length: 200 }, () => drawn(WORLDS[0]!, random).clean.slice(0, 120));
  console.log('\nspeed: series of 120 daily points, the last one judged and explained');
  row('series', 'method', 'seconds', 'CPU seconds', 'series a CPU second', 'heap grown by, MiB');
  row('---', '---', '---', '---', '---', '---');
  const methods: readonly (readonly [string, PrivetSettings | Settings])[] = [
    ['Privet', { ...PRIVET_DEFAULTS, measure: 'count' }],
    ['Elementary', ELEMENTARY_DEFAULTS],
  ];
  for (const [name, settings] of methods) {
    const count = 100_000;
    const before = heapMb();
    const start = performance.now();
    const cpuStart = process.cpuUsage();
    for (let index = 0; index < count; index += 1) {
      const series = patterns[index % patterns.length]!;
      score(series, settings, series.at(-1)!.atMs);
    }
    const seconds = (performance.now() - start) / 1_000;
    const { user, system } = process.cpuUsage(cpuStart);
    const cpuSeconds = (user + system) / 1e6;
    const rate = Math.round(count / cpuSeconds);
    const grown = shown(heapMb() - before, 1);
    row(count, name, shown(seconds, 1), shown(cpuSeconds, 1), rate, grown);
  }
}

const SECTIONS: Readonly<Record<string, () => void>> = {
  nab: () => benchNab(process.argv[2] ?? '../shared/data/nab'),
  faults: () => WORLDS.forEach(benchFaults),
  noise: benchNoise,
  speed: benchSpeed,
};

for (const [name, bench] of Object.entries(SECTIONS)) {
  if (process.argv[3] !== undefined && process.argv[3] !== name) continue;
  console.log(`\n# ${name}`);
  bench();
}
