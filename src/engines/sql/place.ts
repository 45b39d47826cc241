import { answerTexts } from './answerform.ts';
import type { Answer } from './answerform.ts';
import type { Analysis } from './analysis.ts';
import { parseExpression } from './parser.ts';
import { replaceNode, textsOf } from './tree.ts';
import type { Node } from './tree.ts';

/** Where an answer goes: the whole expression, and the part of it that holds its arguments. */
export type Spot = {
  readonly node: Node;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly inside: { readonly start: number; readonly end: number };
  readonly args: readonly Node[];
};

const ARGUMENT = 'privet_argument';

/** Writes an answer in the place of an expression, in the text and in the tree. */
export function placeAnswer(a: Analysis, spot: Spot, answer: Answer): void {
  const { node, name, start, end, inside, args } = spot;
  const [before, after] = answerTexts(answer, name);
  if (answer.kind === 'constant') {
    a.edits.push({ start, end, text: before });
    replaceNode(node, parseExpression(before));
    return;
  }
  const opening = { start, end: inside.start, text: before };
  a.edits.push(opening, { start: inside.end, end, text: after });
  const placeholders = args.map((_, i) => `${ARGUMENT}_${i}`).join(', ');
  const template = parseExpression(before + placeholders + after);
  fill(template, args);
  replaceNode(node, template);
}

function fill(tree: unknown, args: readonly Node[]): void {
  if (typeof tree !== 'object' || tree === null) return;
  if ('ColumnRef' in tree) {
    const node = tree as Extract<Node, { ColumnRef: unknown }>;
    const name = textsOf(node.ColumnRef.fields)[0] ?? '';
    const index = name.startsWith(`${ARGUMENT}_`) ? Number(name.slice(ARGUMENT.length + 1)) : -1;
    const argument = args[index];
    if (argument !== undefined) replaceNode(node, argument);
    return;
  }
  for (const value of Object.values(tree)) fill(value, args);
}
