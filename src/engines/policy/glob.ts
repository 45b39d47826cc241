import { Problem } from '#base/problem';

/** A compiled name pattern: `*` stands for any run of characters, `?` for one. */
export type Glob = { readonly wild: boolean; test(text: string): boolean };

/** A pattern for one name; letter case matters unless `ignoreCase`. */
export function glob(pattern: string, letterCase: 'exact' | 'ignore-case' = 'exact'): Glob {
  const ignoring = letterCase === 'ignore-case';
  const wanted = ignoring ? pattern.toLowerCase() : pattern;
  const wild = /[*?]/u.test(pattern);
  if (!wild) {
    return { wild, test: (text) => (ignoring ? text.toLowerCase() : text) === wanted };
  }
  return { wild, test: (text) => matches(wanted, ignoring ? text.toLowerCase() : text) };
}

/** Greedy match that remembers only the last star: linear in practice, never exponential as a regular expression may be. */
function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted === '*') {
      star = p++;
      resume = t;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** System, schema and table of a source. */
export type SourceName = {
  readonly system: string;
  readonly schema: string;
  readonly name: string;
};

/** A pattern over full source names, compared part by part so that a dot inside a table's name cannot shift the parts. */
export type SourceGlob = { readonly exact: string | null; test(source: SourceName): boolean };

/** Throws `invalid` when the pattern does not have the three parts `<system>.<schema>.<table>`. */
export function sourceGlob(pattern: string): SourceGlob {
  const first = pattern.indexOf('.');
  const second = pattern.indexOf('.', first + 1);
  if (first < 1 || second < first + 2 || second === pattern.length - 1) {
    throw new Problem(
      'invalid',
      `source expected \`<system>.<schema>.<table>\`, got \`${pattern}\``,
      { hint: 'each part may hold `*` and `?`' },
    );
  }
  const system = glob(pattern.slice(0, first));
  const schema = glob(pattern.slice(first + 1, second));
  const name = glob(pattern.slice(second + 1));
  return {
    exact: system.wild || schema.wild || name.wild ? null : pattern,
    test: (source) =>
      system.test(source.system) && schema.test(source.schema) && name.test(source.name),
  };
}

/** The full name a source goes by. */
export function fullName(source: SourceName): string {
  return `${source.system}.${source.schema}.${source.name}`;
}
