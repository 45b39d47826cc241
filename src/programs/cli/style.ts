/** Marks that make text stand out on a terminal; on anything else each returns its text as it is. */
export type Style = {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
};

/** ECMA-48 §8.3.117, the pairs that switch a rendition on and off again. */
const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** The marks for a stream: none unless it is a terminal and nobody asked for none (no-color.org). */
export function styleFor(stream: { readonly colour: boolean }): Style {
  const mark = (name: keyof typeof CODES) => (text: string) => {
    const [on, off] = CODES[name];
    return stream.colour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  };
  return {
    bold: mark('bold'),
    dim: mark('dim'),
    red: mark('red'),
    green: mark('green'),
    yellow: mark('yellow'),
    cyan: mark('cyan'),
  };
}

/** Texts of others (names, descriptions, comments) with every control character shown as `?`: they could move the cursor. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' || character === '\t' ? ' ' : '?',
  );
}
