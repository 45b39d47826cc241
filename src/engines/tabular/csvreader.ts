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
const LONE_RETURN = 'a carriage return expected a line feed behind it';
const STOPS = /[",\r\n]/gu;

export function createCsvReader(limits: { readonly recordCharactersMax: number }): CsvReader {
  return new Reader(limits.recordCharactersMax);
}

class Reader implements CsvReader {
  readonly #recordCharactersMax: number;
  #state: State = 'start';
  /** Whether the cell that is read, or was read last, stands in quotes. */
  #isQuoted = false;
  #cell = '';
  #cells: Cell[] = [];
  #sizeCharacters = 0;
  #number = 1;
  #records: (readonly Cell[])[] = [];

  constructor(recordCharactersMax: number) {
    this.#recordCharactersMax = recordCharactersMax;
  }

  push(text: string): readonly (readonly Cell[])[] {
    for (let at = 0; at < text.length;) at = this.#step(text, at);
    return this.#taken();
  }

  end(): readonly (readonly Cell[])[] {
    if (this.#state === 'quoted') throw this.#wrong('ends inside of quotes');
    if (this.#state === 'return') throw this.#wrong(LONE_RETURN);
    if (this.#state !== 'start' || this.#cells.length > 0) this.#endRecord();
    return this.#taken();
  }

  #taken(): readonly (readonly Cell[])[] {
    const done = this.#records;
    this.#records = [];
    return done;
  }

  /** Reads on from `at`; gives where the next step begins. */
  #step(text: string, at: number): number {
    const character = text[at] ?? '';
    if (this.#state === 'quoted') return this.#quoted(text, at);
    if (this.#state === 'closed') this.#closed(character);
    else if (this.#state === 'return') {
      if (character !== '\n') throw this.#wrong(LONE_RETURN);
      this.#endRecord();
    } else if (this.#state === 'start' && character === QUOTE) {
      this.#isQuoted = true;
      this.#state = 'quoted';
    } else return this.#plain(text, at);
    return at + 1;
  }

  #quoted(text: string, at: number): number {
    const close = text.indexOf(QUOTE, at);
    this.#add(close === -1 ? text.slice(at) : text.slice(at, close));
    if (close === -1) return text.length;
    this.#state = 'closed';
    return close + 1;
  }

  #closed(character: string): void {
    if (character !== QUOTE) return this.#stop(character);
    this.#add(QUOTE);
    this.#state = 'quoted';
  }

  #plain(text: string, at: number): number {
    STOPS.lastIndex = at;
    const next = STOPS.exec(text)?.index ?? text.length;
    this.#add(text.slice(at, next));
    this.#state = 'plain';
    if (next === text.length) return next;
    this.#stop(text[next] ?? '');
    return next + 1;
  }

  /** What a character that may end a cell does outside of quotes. */
  #stop(character: string): void {
    if (character === ',') this.#endCell();
    else if (character === '\n') this.#endRecord();
    else if (character === '\r') this.#state = 'return';
    else if (this.#isQuoted)
      throw this.#wrong('expected a comma or the end of the line after a quoted cell');
    else throw this.#wrong('a quote in a cell expected quotes around the whole cell');
  }

  #endCell(): void {
    this.#cells.push(this.#cell === '' && !this.#isQuoted ? null : this.#cell);
    this.#cell = '';
    this.#isQuoted = false;
    this.#state = 'start';
    // Cells without a character cost memory too.
    this.#sizeCharacters += 1;
    this.#add('');
  }

  #endRecord(): void {
    this.#endCell();
    this.#records.push(this.#cells);
    this.#cells = [];
    this.#sizeCharacters = 0;
    this.#number += 1;
  }

  #add(text: string): void {
    this.#cell += text;
    this.#sizeCharacters += text.length;
    if (this.#sizeCharacters <= this.#recordCharactersMax) return;
    const limit = `limit ${this.#recordCharactersMax} characters`;
    throw new Problem('limit', `csv record ${this.#number} too long: ${limit}`);
  }

  #wrong(what: string): Problem {
    return new Problem('invalid', `csv record ${this.#number}: ${what}`);
  }
}
