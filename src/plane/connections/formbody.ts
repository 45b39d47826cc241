import { latin1 } from '#base/bytes';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { stepsIn } from './fieldpath.ts';
import type { Place } from './fieldpath.ts';
import { spliced } from './leaf.ts';
import type { Leaf, OpenBody } from './leaf.ts';
import { LEAVES_MAX } from './limits.ts';
import { plainText, uriText } from './plaintext.ts';

/** A form as browsers send it (`application/x-www-form-urlencoded`, WHATWG URL §5), or a query; throws `invalid`. */
export function openForm(bytes: Uint8Array): OpenBody {
  return openPairs(latin1(bytes), (out) => Buffer.from(out, 'latin1'));
}

/** A query as it stands behind the `?`. */
export function openQuery(text: string): Pick<OpenBody, 'leaves'> & {
  with(values: ReadonlyMap<Leaf, Json>): string;
} {
  return openPairs(text, (out) => out);
}

function openPairs<T>(text: string, finish: (out: string) => T) {
  // Everything else is written as %xx; what is not would be read differently by whoever comes next.
  if (!/^[\x21-\x7e]*$/u.test(text) || text.includes('#')) {
    throw new Problem('invalid', 'expected a form of ASCII characters, others as `%xx`');
  }
  const leaves: Leaf[] = [];
  const place = formPlaces();
  for (const { index, 0: pair } of text.matchAll(/[^&]+/gu)) {
    if (leaves.length >= LEAVES_MAX) {
      throw new Problem('invalid', `expected at most ${LEAVES_MAX} values`);
    }
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const start = index + (equals < 0 ? pair.length : equals + 1);
    const end = index + pair.length;
    const value = { kind: 'text', text: decoded(text.slice(start, end)) } as const;
    leaves.push({ place: place(decoded(name)), start, end, value });
  }
  return {
    leaves,
    with: (values: ReadonlyMap<Leaf, Json>) =>
      finish(
        spliced(text, new Map([...values].map(([leaf, put]) => [leaf, uriText(plainText(put))]))),
      ),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Problem('invalid', 'expected a form in UTF-8, encoded as `%xx`');
  }
}

/** Where names of a form stand, one after another: `card[number]`, `items[0][sku]`, `tags[]`, and dots as brackets. */
export function formPlaces(): (name: string) => Place {
  const counted = new Map<string, number>();
  return (name) => {
    const place: (string | number)[] = [];
    let before = '';
    for (const step of stepsIn(name)) {
      if (/^\d{1,6}$/u.test(step) && place.length > 0) place.push(Number(step));
      else if (step === '' && place.length > 0) {
        const next = counted.get(before) ?? 0;
        counted.set(before, next + 1);
        place.push(next);
      } else place.push(step);
      before += `[${place.at(-1) ?? ''}`;
    }
    return place;
  };
}
