import { Problem } from '#base/problem';

/** A cell; null where there is nothing between the commas. */
export type Cell = string | null;

/** Reads CSV (RFC 4180: commas, double quotes, lines end with LF or CRLF) from pieces of text cut anywhere. */
type CsvReader = {
  /** The records that ended in this piece; throws `invalid` for what is no CSV, `limit` for a record that is too long. */
  push(text: string): readonly (readonly Cell[])[];
  /** The last record, when no line break ends it. */
  end(): readonly (readonly Cell[])[];
};

/** Where in a record the reader stands. */
type State = 'start' | 'plain' | 'quoted' | 'closed' | 'return';

const QUOTE = '"';
const STOPS = /[",\r\n]/gu;

export function createCsvReader(limits: { readonly recordCharactersMax: number }): CsvReader {
  let state: State = 'start';
  let cell = '';
  let cells: Cell[] = [];
  let sizeCharacters = 0;
  let number = 1;
  let records: (readonly Cell[])[] = [];

  const wrong = (what: string) => new Problem('invalid', `csv record ${number}: ${what}`);
  const add = (text: string) => {
    cell += text;
    sizeCharacters += text.length;
    if (sizeCharacters > limits.recordCharactersMax) {
      const limit = `limit ${limits.recordCharactersMax} characters`;
      throw new Problem('limit', `csv record ${number} too long: ${limit}`);
    }
  };
  const endCell = (isQuoted: boolean) => {
    cells.push(cell === '' && !isQuoted ? null : cell);
    cell = '';
    state = 'start';
    // Cells without a character cost memory too.
    sizeCharacters += 1;
    add('');
  };
  const endRecord = (isQuoted: boolean) => {
    endCell(isQuoted);
    records.push(cells);
    cells = [];
    sizeCharacters = 0;
    number += 1;
  };
  /** What a character that may end a cell does outside of quotes. */
  const stop = (character: string, isQuoted: boolean) => {
    if (character === ',') endCell(isQuoted);
    else if (character === '\n') endRecord(isQuoted);
    else if (character === '\r') state = 'return';
    else if (isQuoted) throw wrong('expected a comma or the end of the line after a quoted cell');
    else throw wrong('a quote in a cell expected quotes around the whole cell');
  };
  let returnIsQuoted = false;

  /** Reads on from `at`; gives where the next step begins. */
  const step = (text: string, at: number): number => {
    const character = text[at] ?? '';
    if (state === 'quoted') {
      const close = text.indexOf(QUOTE, at);
      add(close === -1 ? text.slice(at) : text.slice(at, close));
      if (close === -1) return text.length;
      state = 'closed';
      return close + 1;
    }
    if (state === 'return') {
      if (character !== '\n') throw wrong('a carriage return expected a line feed behind it');
      endRecord(returnIsQuoted);
      return at + 1;
    }
    if (state === 'closed') {
      if (character === QUOTE) {
        add(QUOTE);
        state = 'quoted';
      } else {
        returnIsQuoted = true;
        stop(character, true);
      }
      return at + 1;
    }
    if (state === 'start' && character === QUOTE) {
      state = 'quoted';
      return at + 1;
    }
    STOPS.lastIndex = at;
    const next = STOPS.exec(text)?.index ?? text.length;
    add(text.slice(at, next));
    if (next === text.length) {
      state = 'plain';
      return next;
    }
    returnIsQuoted = false;
    stop(text[next] ?? '', false);
    return next + 1;
  };

  const taken = () => {
    const done = records;
    records = [];
    return done;
  };
  return {
    push(text) {
      for (let at = 0; at < text.length;) at = step(text, at);
      return taken();
    },
    end() {
      if (state === 'quoted') throw wrong('ends inside of quotes');
      if (state === 'return') throw wrong('a carriage return expected a line feed behind it');
      if (state !== 'start' || cells.length > 0) endRecord(state === 'closed');
      return taken();
    },
  };
}
