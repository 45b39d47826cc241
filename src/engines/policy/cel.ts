import { Environment } from '@marcbachmann/cel-js';
import { Problem } from '#base/problem';
import { under } from './hierarchy.ts';
import { hintFor } from './suggest.ts';

/** Nodes of one condition: far above what a person can read, far below what costs time. */
const CEL_NODES_MAX = 500;
const CEL_DEPTH_MAX = 50;
/** Each nested list walk multiplies the work by up to a thousand attribute values. */
const CEL_WALK_DEPTH_MAX = 1;

const WALKS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** What a condition can see; docs/formats/policy.md lists it. */
export type CelContext = {
  readonly user: {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly groups: readonly string[];
    readonly attributes: Readonly<Record<string, readonly string[]>>;
  };
  readonly purpose: string;
  readonly project: string;
  readonly source: {
    readonly name: string;
    readonly system: string;
    readonly schema: string;
    readonly table: string;
    readonly tags: readonly string[];
  };
  readonly time: Date;
};

/** What of the context an expression reads: `time` forbids keeping its answer, the rest splits people into classes. */
export type CelUse = { readonly time: boolean; readonly identity: boolean };

export type CelProgram<C = CelContext> = {
  readonly text: string;
  readonly use: CelUse;
  /** True, false, or `error` when the expression cannot be worked out. */
  run(context: C): boolean | 'error';
};

/** What every condition knows: who asks, for what purpose, when. */
export function commonEnvironment(): Environment {
  return new Environment({
    unlistedVariablesAreDyn: false,
    limits: { maxAstNodes: CEL_NODES_MAX, maxDepth: CEL_DEPTH_MAX },
  })
    .registerVariable({
      name: 'user',
      schema: {
        id: 'string',
        name: 'string',
        kind: 'string',
        groups: 'list<string>',
        attributes: 'map<string, list<string>>',
      },
    })
    .registerVariable('purpose', 'string')
    .registerVariable('time', 'google.protobuf.Timestamp')
    .registerFunction('under(string, string): bool', under);
}

const environment = commonEnvironment()
  .registerVariable('project', 'string')
  .registerVariable({
    name: 'source',
    schema: {
      name: 'string',
      system: 'string',
      schema: 'string',
      table: 'string',
      tags: 'list<string>',
    },
  });

/** The expression compiled; throws `invalid` when it is not CEL, names what is not there, or does not give a bool. */
export function celProgram(text: string): CelProgram {
  return programIn(environment, text, CONTEXT_NAMES);
}

/** The expression compiled for contexts of an environment; throws as `celProgram`. `names` are what a slip may mean. */
export function programIn<C extends object>(
  within: Environment,
  text: string,
  names: readonly string[],
): CelProgram<C> {
  const parsed = parse(within, text, names);
  const survey = surveyOf(parsed.ast);
  if (survey.calls.has('matches')) {
    throw new Problem('invalid', 'a condition cannot use `matches`', {
      hint: 'use startsWith, endsWith, contains or a list: a regular expression may run without end',
    });
  }
  if (survey.walkDepth > CEL_WALK_DEPTH_MAX) {
    throw new Problem('invalid', 'a condition cannot walk a list inside another walk', {
      hint: 'use one `exists` or `all` at a time',
    });
  }
  const type = parsed.check();
  if (!type.valid) throw invalidCel(type.error, names);
  if (type.type !== 'bool') {
    throw new Problem('invalid', `a condition expected a bool, got ${type.type ?? 'nothing'}`);
  }
  const use = { time: survey.names.has('time'), identity: survey.names.has('user') };
  return { text, use, run: (context) => answer(() => parsed(context)) };
}

function parse(
  within: Environment,
  text: string,
  names: readonly string[],
): ReturnType<typeof environment.parse> {
  try {
    return within.parse(text);
  } catch (thrown) {
    throw invalidCel(thrown, names);
  }
}

/** Anything but a bool, and anything thrown, is an error: never a quiet yes or no. */
function answer(run: () => unknown): boolean | 'error' {
  try {
    const value = run();
    return typeof value === 'boolean' ? value : 'error';
  } catch {
    return 'error';
  }
}

function invalidCel(thrown: unknown, names: readonly string[]): Problem {
  const { summary, message, range } = thrown as Partial<CelFault>;
  const what = summary ?? message?.split('\n')[0] ?? 'not readable';
  const at = range === undefined ? '' : ` at character ${range.start + 1}`;
  const name = /^(?:No such key|Unknown variable): (\S+)$/u.exec(what)?.[1];
  const hint = name === undefined ? '' : hintFor(name, names);
  const details = hint === '' ? { cause: thrown } : { cause: thrown, hint };
  return new Problem('invalid', `condition is not valid cel${at}: ${what}`, details);
}

const CONTEXT_NAMES =
  'user purpose project source time id name kind groups attributes system schema table tags'.split(
    ' ',
  );

type CelFault = {
  readonly summary: string;
  readonly message: string;
  readonly range: { readonly start: number };
};

type Survey = { readonly names: Set<string>; readonly calls: Set<string>; walkDepth: number };

/** Names and calls in an expression; `user` is left out where only groups, attributes or the kind are read. */
function surveyOf(ast: unknown): Survey {
  const survey: Survey = { names: new Set(), calls: new Set(), walkDepth: 0 };
  visit(ast, survey, 0);
  return survey;
}

function visit(part: unknown, survey: Survey, walks: number): void {
  if (Array.isArray(part)) {
    for (const item of part) visit(item, survey, walks);
    return;
  }
  if (part === null || typeof part !== 'object' || !('op' in part) || !('args' in part)) return;
  const { op, args } = part as { readonly op: string; readonly args: unknown };
  if (op === 'id' && typeof args === 'string') survey.names.add(args);
  if (!Array.isArray(args)) return;
  let depth = walks;
  if ((op === 'call' || op === 'rcall') && typeof args[0] === 'string') {
    survey.calls.add(args[0]);
    if (op === 'rcall' && WALKS.has(args[0])) depth++;
  }
  if (op === '.' && isShared(args)) return;
  survey.walkDepth = Math.max(survey.walkDepth, depth);
  visit(args, survey, depth);
}

/** Whether a member of `user` is one that people have in common. */
function isShared([object, member]: readonly unknown[]): boolean {
  const shared = member === 'groups' || member === 'attributes' || member === 'kind';
  const { op, args } = object as { readonly op?: unknown; readonly args?: unknown };
  return shared && op === 'id' && args === 'user';
}
