const HIDDEN = '[secret]';

/**
 * A text that shows itself to nobody who does not ask: logs, JSON, templates and `util.inspect` get `[secret]`.
 * Only `reveal()` gives it, so that every use can be found by that word.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  // Node's name for its inspection hook (node:util `inspect.custom`), without importing it into pure code.
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }
}

/** Wraps a text so that it never prints. */
export function secret(text: string): Secret {
  return new Secret(text);
}
