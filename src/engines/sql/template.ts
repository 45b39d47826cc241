import { quoteName, quoteText, textArray } from './quote.ts';
import type { SqlTemplate } from './rule.ts';

/** The SQL text of a policy author's template with every bound value quoted. */
export function templateText(template: SqlTemplate): string {
  let text = '';
  for (const piece of template) {
    if (typeof piece === 'string') text += piece;
    else if ('text' in piece) text += `${quoteText(piece.text)}::pg_catalog.text`;
    else if ('column' in piece) text += quoteName(piece.column);
    else text += listText(piece.texts, text);
  }
  return text;
}

/** `IN (…)` takes a list, everything else an array; IN of nothing is written as IN (NULL), which no row passes. */
function listText(texts: readonly string[], before: string): string {
  if (!/\bin\s*\(\s*$/iu.test(before)) return textArray(texts);
  if (texts.length === 0) return 'NULL::pg_catalog.text';
  return texts.map((text) => `${quoteText(text)}::pg_catalog.text`).join(', ');
}
