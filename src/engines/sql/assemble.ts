import type { Analysis } from './analysis.ts';
import type { Output } from './frame.ts';
import { fingerprintOf, normalizedText } from './normal.ts';
import type { OutputColumn, StatementPlan } from './plan.ts';
import { refusal } from './refusal.ts';
import { splice } from './splice.ts';
import type { Part } from './splice.ts';
import type { Token } from './token.ts';
import type { Walked } from './walked.ts';

type Finished = { readonly text: string; readonly tokens: readonly Token[]; readonly part: Part };

/** The plan of a statement from what its walk found and the text it came to. */
export function assemble(a: Analysis, walked: Walked, finished: Finished): StatementPlan {
  const common = commonPart(a, walked, finished);
  const { action } = walked;
  if (action.kind !== 'prepare') return { ...action, ...common };
  const statement = { ...common, kind: 'query' as const, text: preparedText(a, finished) };
  return { ...common, kind: 'prepare', name: action.name, statement };
}

function commonPart(
  a: Analysis,
  walked: Walked,
  finished: Finished,
): Omit<StatementPlan, 'kind'> & Pick<StatementPlan, 'text'> {
  const normalized = normalizedText(finished.tokens, a.bytes, a.index.knowsName);
  const { findings } = a;
  return {
    answer: walked.answer,
    text: walked.answer === 'upstream' ? finished.text : '',
    output: walked.outputs.map(outputColumn),
    guards: [...findings.guards.values()],
    barriers: [...findings.barriers.values()],
    relations: [...findings.relations],
    governed: findings.governed,
    sets: findings.sets,
    fingerprint: fingerprintOf(normalized, a.compiler.sha256),
    normalized,
    parameters: findings.parameters,
  };
}

function outputColumn({ name, value }: Output): OutputColumn {
  if (value.kind !== 'stream') return { name, stream: null, origin: null };
  return { name, stream: value.mask, origin: value.origin };
}

/** The query of PREPARE name (types) AS query, rewritten. */
function preparedText(a: Analysis, { tokens, part }: Finished): string {
  let depth = 0;
  const as = tokens.findIndex((token, i) => {
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    return i >= 2 && depth === 0 && token.kind === 'word' && token.text === 'as';
  });
  const start = tokens[as + 1]?.start;
  if (as < 0 || start === undefined) throw refusal('XX000', 'PREPARE expected AS');
  return splice(a.bytes, a.edits, { start, end: part.end });
}
