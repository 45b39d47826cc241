import { finding, FINDINGS_MAX, Unreadable } from './finding.ts';
import type { Finding, Report } from './finding.ts';
import type { Leaf } from './log.ts';
import { leafHash } from './tree.ts';

type Step = { readonly index: number; readonly leafHash: string; readonly entry: string };
type Thing = {
  readonly item: string;
  readonly digest: string;
  readonly shown: readonly number[];
};

/** An incident as `privet incident export` gives it (docs/formats/incident.md). */
type Incident = {
  readonly grant: string;
  readonly trail: readonly Step[];
  readonly items: readonly Thing[];
  readonly proofs: readonly { readonly index: number; readonly proof: string }[];
};

export type IncidentCheck = {
  /** Its proofs, to be checked like any other. */
  readonly proofs: readonly { readonly name: string; readonly text: string }[];
  see(leaf: Leaf): void;
  report(): Report;
};

/** Holds an incident against the log: its leaves are in it as they stand, none about its grant is missing, and its items are theirs. */
export function checkIncident(name: string, text: string): IncidentCheck {
  const incident = readIncident(text);
  const { grant, trail, items } = incident;
  const here = `incident \`${name}\``;
  const found = new Map<number, Leaf>();
  return {
    proofs: incident.proofs.map(({ index, proof }) => ({
      name: `${name}, leaf ${index}`,
      text: proof,
    })),
    see(leaf) {
      if (leaf.body['grant'] === grant) found.set(leaf.index, leaf);
    },
    report() {
      const findings = [
        ...trail.flatMap((step) => stepFindings(here, step, found.get(step.index))),
        ...[...found.keys()]
          .filter((index) => !trail.some((step) => step.index === index))
          .map((index) => finding(here, `leaf ${index} is about its grant and not in it`)),
        ...itemFindings(here, items, [...found.values()]),
      ].slice(0, FINDINGS_MAX);
      const whole = `${here}: ${items.length} items were shown under ${grant}, by ${trail.length} leaves of the log, and none about it is missing`;
      return { proved: findings.length === 0 ? [whole] : [], unchecked: [], findings };
    },
  };
}

function stepFindings(here: string, step: Step, leaf: Leaf | undefined): readonly Finding[] {
  if (leaf === undefined) return [finding(here, `leaf ${step.index} is not in the log like that`)];
  const same =
    leaf.entry.toString('utf8') === step.entry &&
    leafHash(leaf.entry).toString('hex') === step.leafHash;
  return same ? [] : [finding(here, `leaf ${step.index} says something else in the log`)];
}

/** What was shown, by the leaves of the log, against what the incident says was. */
function itemFindings(
  here: string,
  items: readonly Thing[],
  leaves: readonly Leaf[],
): readonly Finding[] {
  const shown = leaves
    .filter(({ body }) => body.kind === 'quarantine-revealed')
    .map(({ index, body }) => `${index} ${String(body['item'])} ${String(body['digest'])}`);
  const told = items.flatMap(({ item, digest, shown: at }) =>
    at.map((index) => `${index} ${item} ${digest}`),
  );
  const same = shown.toSorted().join('\n') === told.toSorted().join('\n');
  return same ? [] : [finding(here, 'the items it names are not those that were shown')];
}

function readIncident(text: string): Incident {
  const parsed = jsonOf(text) as Partial<Incident> & { readonly format?: unknown };
  const { grant, trail, items, proofs } = parsed;
  const lists = [trail, items, proofs].every((one) => Array.isArray(one));
  if (parsed.format !== 'privet-incident/v1' || typeof grant !== 'string' || !lists)
    throw new Unreadable(
      'an incident expected `privet-incident/v1`, as `privet incident export` gives it',
    );
  return { grant, trail: trail ?? [], items: items ?? [], proofs: proofs ?? [] };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw new Unreadable('an incident expected JSON');
  }
}
