import { hintFor } from './suggest.ts';
import { ruleProblem } from './vaulttoken.ts';
import type { RuleToken } from './vaulttoken.ts';

/** Walks over the pieces of one rule. */
export class RuleReading {
  readonly #tokens: readonly RuleToken[];
  #index = 0;

  constructor(tokens: readonly RuleToken[]) {
    this.#tokens = tokens;
  }

  peek(ahead = 0): RuleToken {
    const index = Math.min(this.#index + ahead, this.#tokens.length - 1);
    return this.#tokens[index] as RuleToken;
  }

  next(): RuleToken {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  /** Whether the next piece is this keyword or mark; if so it is taken. */
  takes(text: string): boolean {
    const token = this.peek();
    const is =
      (token.kind === 'word' && token.text.toUpperCase() === text) ||
      (token.kind === 'mark' && token.text === text);
    if (is) this.#index += 1;
    return is;
  }

  /** The next piece, which must be one of these keywords. */
  keyword(options: readonly string[]): string {
    const token = this.next();
    const word = token.kind === 'word' ? token.text.toUpperCase() : '';
    if (options.includes(word)) return word;
    const hint = hintFor(word, options, `one of: ${options.join(', ')}`);
    throw ruleProblem(token.at, `expected ${options.join(' or ')}, got ${describe(token)}`, hint);
  }

  /** A name; throws for anything else. */
  name(what: string): string {
    const token = this.next();
    if (token.kind === 'word') return token.text;
    throw ruleProblem(token.at, `expected ${what}, got ${describe(token)}`);
  }

  need(mark: string): void {
    const token = this.peek();
    if (this.takes(mark)) return;
    throw ruleProblem(token.at, `expected \`${mark}\`, got ${describe(token)}`);
  }

  end(keywords: readonly string[]): void {
    const token = this.peek();
    if (token.kind === 'end') return;
    const hint = token.kind === 'word' ? hintFor(token.text, keywords) : '';
    throw ruleProblem(token.at, `expected the end of the rule, got ${describe(token)}`, hint);
  }
}

/** A piece in a user's words; texts in quotes are not repeated. */
export function describe(token: RuleToken): string {
  if (token.kind === 'end') return 'the end';
  if (token.kind === 'text') return 'a text in quotes';
  return `\`${token.kind === 'number' ? token.value : token.text.slice(0, 60)}\``;
}
