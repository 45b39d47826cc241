import { Problem } from '#base/problem';

/** Cuts text that comes in pieces into lines that end with LF or CRLF; empty lines are left out. */
type LineReader = {
  /** The lines that ended in this piece; throws `limit` for one that is too long. */
  push(text: string): readonly string[];
  /** The last line, when no line break ends it. */
  end(): readonly string[];
};

export function createLineReader(limits: { readonly lineCharactersMax: number }): LineReader {
  let held: string[] = [];
  let heldCharacters = 0;
  let number = 1;
  const checked = (line: string, sizeCharacters: number) => {
    if (sizeCharacters > limits.lineCharactersMax) {
      const limit = `limit ${limits.lineCharactersMax} characters`;
      throw new Problem('limit', `line ${number} too long: ${limit}`);
    }
    return line;
  };
  const closed = (last: string): readonly string[] => {
    const line = checked([...held, last].join(''), heldCharacters + last.length);
    held = [];
    heldCharacters = 0;
    number += 1;
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    return text.trim() === '' ? [] : [text];
  };
  return {
    push(text) {
      const lines: string[] = [];
      let at = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
        lines.push(...closed(text.slice(at, end)));
        at = end + 1;
      }
      const rest = text.slice(at);
      heldCharacters += rest.length;
      held.push(checked(rest, heldCharacters));
      return lines;
    },
    end: () => closed(''),
  };
}
