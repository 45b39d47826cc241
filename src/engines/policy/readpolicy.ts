import type {
  DataPolicy,
  MaskPolicy,
  MaskStep,
  RowPolicy,
  RowStep,
  SubscriptionPolicy,
  Target,
  Who,
} from './document.ts';
import { isKeyed } from './keyed.ts';
import { readMask } from './readmask.ts';
import type { Fields, Reader } from './reader.ts';
import { readRowRule } from './readrows.ts';
import { readColumns, readTarget } from './readtarget.ts';
import { readWho } from './readwho.ts';

/** Steps of one chain: more than this is a table of people, which groups and attributes are for. */
const STEPS_MAX = 50;

/** What every document has. */
export type Head = {
  readonly name: string;
  readonly description: string;
  readonly state: 'active' | 'staged';
};
type Body = { readonly reader: Reader; readonly fields: Fields; readonly head: Head };

const NOBODY: Who = { kind: 'clauses', clauses: [] };
const EVERYWHERE: Target = { kind: 'all' };

/** Reads what stands beside the head of a SubscriptionPolicy. */
export function readSubscription({ reader, fields, head }: Body): SubscriptionPolicy {
  const target = fields.required('target', (n, p) => readTarget(reader, n, p));
  const combine = fields.optional('combine', (n, p) =>
    reader.choice(n, p, ['shared', 'required'] as const),
  );
  const allow = fields.required('allow', (n, p) => readWho(reader, n, p));
  return {
    kind: 'SubscriptionPolicy',
    ...head,
    target: target ?? EVERYWHERE,
    combine: combine ?? 'shared',
    allow: allow ?? NOBODY,
  };
}

/** Reads what stands beside the head of a DataPolicy: a mask or a row rule, not both. */
export function readData(body: Body): DataPolicy {
  const { reader, fields } = body;
  if (fields.has('mask') === fields.has('rows')) {
    reader.fail(fields.where, '`DataPolicy` expected either `mask` or `rows`');
  }
  return fields.has('rows') ? readRows(body) : readMasks(body);
}

function readMasks({ reader, fields, head }: Body): MaskPolicy {
  const target = fields.optional('target', (n, p) => readTarget(reader, n, p));
  const inner = fields.optional('mask', (node, label) => {
    const keys = ['columns', 'with', 'for', 'where', 'otherwise', 'except'];
    const mask = reader.map(node, label, keys);
    if (mask === null) return null;
    return {
      columns: mask.required('columns', (n, p) => readColumns(reader, n, p)),
      steps: readChain(reader, [mask, label], (step, path) => readMaskStep(reader, step, path)),
      except: mask.optional('except', (n, p) => readWho(reader, n, p)),
    };
  });
  return {
    kind: 'DataPolicy',
    does: 'mask',
    ...head,
    target: target ?? EVERYWHERE,
    columns: inner?.columns ?? { tags: [], names: [] },
    steps: inner?.steps ?? [],
    except: inner?.except ?? null,
  };
}

function readRows({ reader, fields, head }: Body): RowPolicy {
  const target = fields.required('target', (n, p) => readTarget(reader, n, p));
  const inner = fields.optional('rows', (node, label) => {
    const rows = reader.map(node, label, ['keep', 'for', 'otherwise', 'except']);
    if (rows === null) return null;
    return {
      steps: readChain(reader, [rows, label], (step) => readRowStep(reader, step)),
      except: rows.optional('except', (n, p) => readWho(reader, n, p)),
    };
  });
  return {
    kind: 'DataPolicy',
    does: 'rows',
    ...head,
    target: target ?? EVERYWHERE,
    steps: inner?.steps ?? [],
    except: inner?.except ?? null,
  };
}

/** A first step and the steps behind `otherwise`; exactly the last one is for everyone left. */
function readChain<S extends { readonly for: Who | null }>(
  reader: Reader,
  [first, label]: readonly [Fields, string],
  readStep: (fields: Fields, label: string) => S,
): readonly S[] {
  const steps = [readStep(first, label)];
  const keys = label.endsWith('mask') ? ['with', 'for', 'where'] : ['keep', 'for'];
  const rest = first.optional('otherwise', (node, path) =>
    reader.list(node, path).map((item, i) => {
      const step = reader.map(item, `${path}[${i}]`, keys);
      return step === null ? null : readStep(step, `${path}[${i}]`);
    }),
  );
  for (const step of rest ?? []) if (step !== null) steps.push(step);
  if (steps.length > STEPS_MAX)
    reader.fail(first.where, `\`${label}\` expected at most ${STEPS_MAX} steps`);
  checkEnd(reader, first, steps);
  return steps;
}

function checkEnd(
  reader: Reader,
  first: Fields,
  steps: readonly { readonly for: Who | null }[],
): void {
  const open = steps.findIndex((step) => step.for === null);
  if (open < 0) {
    const hint = "add a last step without `for`, such as `otherwise: [ { with: 'null' } ]`";
    reader.fail(first.where, 'the last step expected no `for`, so that nobody is left out', hint);
  } else if (open < steps.length - 1) {
    const hint = 'give every step but the last a `for`';
    reader.fail(first.where, `the steps after step ${open + 1} can never act`, hint);
  }
}

function readMaskStep(reader: Reader, fields: Fields, label: string): MaskStep {
  const mask = fields.required('with', (n, p) => readMask(reader, n, p)) ?? { kind: 'null' };
  const where = fields.optional('where', (n, p) => readRowRule(reader, n, [p, 'where']));
  if (where !== null && isKeyed(mask)) {
    const hint = 'use a mask without a key, or choose people with `for`';
    reader.fail(
      fields.where,
      `no door can apply the keyed mask \`${mask.kind}\` with \`where\``,
      hint,
    );
  }
  if (where !== null && mask.kind === 'clear') {
    reader.fail(fields.where, `\`${label}.where\` expected a mask, got \`clear\``);
  }
  if (where !== null && mask.kind === 'hidden') {
    reader.fail(fields.where, `\`${label}.where\`: a column cannot be hidden in some rows only`);
  }
  return { for: fields.optional('for', (n, p) => readWho(reader, n, p)), with: mask, where };
}

function readRowStep(reader: Reader, fields: Fields): RowStep {
  const keep = fields.required('keep', (n, p) => readRowRule(reader, n, [p, 'keep']));
  return {
    for: fields.optional('for', (n, p) => readWho(reader, n, p)),
    keep: keep ?? { kind: 'none' },
  };
}
