/**
 * How much of what is labelled in texts is found, by kind: precision, recall, F1 and F2, a place counting as found where half of
 * both is common (IoU ≥ 0.5). `node bench/detect.ts texts.json`, a list of `{ text, spans: [{ entity, start, end }] }` with the
 * names of presidio-research; how to make one: docs/benchmarks.md.
 */
import { readFileSync } from 'node:fs';
import { detect, settled } from '#engines/detect';
import type { Entity } from '#engines/detect';

type Span = { readonly entity: string; readonly start: number; readonly end: number };
type Labelled = { readonly text: string; readonly spans: readonly Span[] };
type Tally = { right: number; wrong: number; missed: number };

const KINDS: Readonly<Record<string, Entity>> = {
  CREDIT_CARD: 'credit_card',
  EMAIL_ADDRESS: 'email_address',
  PHONE_NUMBER: 'phone_number',
  IBAN_CODE: 'bank_account',
  US_SSN: 'ssn',
  IP_ADDRESS: 'ip_address',
  DOMAIN_NAME: 'url',
  US_DRIVER_LICENSE: 'driver_license',
  DATE_TIME: 'date',
};
const WANTED: readonly Entity[] = [...Object.values(KINDS), 'dob'];

const [file = ''] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(file, 'utf8')) as readonly Labelled[];
const tallies = new Map<string, Tally>();
const tally = (kind: string): Tally => {
  const known = tallies.get(kind) ?? { right: 0, wrong: 0, missed: 0 };
  tallies.set(kind, known);
  return known;
};

const before = process.cpuUsage();
const found = texts.map(({ text }) => settled(detect(text, { entities: WANTED })));
const { user, system } = process.cpuUsage(before);

for (const [i, { spans }] of texts.entries()) {
  const open = new Set(spans.filter(({ entity }) => KINDS[entity] !== undefined));
  for (const one of found[i] ?? []) {
    const kind = one.entity === 'dob' ? 'date' : one.entity;
    const hit = [...open].find((span) => KINDS[span.entity] === kind && common(span, one) >= 0.5);
    if (hit !== undefined) open.delete(hit);
    tally(kind)[hit === undefined ? 'wrong' : 'right'] += 1;
  }
  for (const { entity } of open) tally(KINDS[entity] ?? '').missed += 1;
}

type Place = { readonly start: number; readonly end: number };

function common(a: Place, b: Place): number {
  const both = Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
  return both / (Math.max(a.end, b.end) - Math.min(a.start, b.start));
}

function line(kind: string, { right, wrong, missed }: Tally): string {
  const precision = right / Math.max(1, right + wrong);
  const recall = right / Math.max(1, right + missed);
  const f = (beta: number) =>
    ((1 + beta) * precision * recall) / Math.max(1e-9, beta * precision + recall);
  const figures = [precision, recall, f(1), f(4)].map((one) => one.toFixed(3));
  return `| ${[kind, right + missed, ...figures].join(' | ')} |`;
}

console.log(
  '| kind | labelled | precision | recall | F1 | F2 |\n| --- | --- | --- | --- | --- | --- |',
);
for (const [kind, one] of [...tallies].toSorted(([a], [b]) => a.localeCompare(b)))
  console.log(line(kind, one));
const sum = (of: keyof Tally) => [...tallies.values()].reduce((all, one) => all + one[of], 0);
console.log(line('all', { right: sum('right'), wrong: sum('wrong'), missed: sum('missed') }));
const characters = texts.reduce((all, { text }) => all + text.length, 0);
console.log(`${Math.round(characters / ((user + system) / 1e6))} characters a second of CPU time`);
