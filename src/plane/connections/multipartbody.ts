import { latin1, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { formPlaces } from './formbody.ts';
import { spliced } from './leaf.ts';
import type { Leaf, LeafValue, OpenBody } from './leaf.ts';
import { PARTS_MAX } from './limits.ts';
import { plainText } from './plaintext.ts';

const BOUNDARY =
  /^multipart\/form-data\s*;\s*boundary=(?:"(?<quoted>[^"]{1,70})"|(?<plain>[^\s";,]{1,70}))\s*$/iu;
/** Names as browsers and form libraries write them; an escaped or encoded name could be read as another. */
const DISPOSITION =
  /^form-data; ?name="(?<name>[^"\\%\r\n]{1,200})"(?<file>; ?filename="[^"\r\n]*")?$/iu;
const HEADER = /^(?<name>[A-Za-z-]{1,60}):[ \t]*(?<value>[\x20-\x7e\x80-\xff]{0,1000})$/u;

/**
 * A form in parts (RFC 7578), read strictly: what two readers could read differently is refused. Parts that are files stay as
 * they came.
 */
export function openMultipart(bytes: Uint8Array, contentType: string): OpenBody {
  const named = BOUNDARY.exec(contentType)?.groups;
  const boundary = named?.['quoted'] ?? named?.['plain'];
  if (boundary === undefined) throw malformed();
  const text = latin1(bytes);
  const leaves: Leaf[] = [];
  const place = formPlaces();
  const delimiter = `\r\n--${boundary}`;
  let at = text.startsWith(`--${boundary}`) ? boundary.length + 2 : -1;
  while (!text.startsWith('--', at)) {
    if (at < 0 || !text.startsWith('\r\n', at)) throw malformed();
    if (leaves.length >= PARTS_MAX)
      throw new Problem('invalid', `expected at most ${PARTS_MAX} parts`);
    const end = text.indexOf(delimiter, at);
    if (end < 0) throw malformed();
    leaves.push(partAt(text, { at: at + 2, end }, place));
    at = end + delimiter.length;
  }
  if (!/^--(?:\r\n)?$/u.test(text.slice(at))) throw malformed();
  return {
    leaves,
    with(values) {
      const put = [...values].map(([leaf, value]) => {
        const written = latin1(utf8(plainText(value)));
        // It would end the part, and what follows would be read as another.
        if (`\r\n${written}`.includes(delimiter)) {
          throw new Problem('invalid', 'a value holds the boundary of the form');
        }
        return [leaf, written] as const;
      });
      return Buffer.from(spliced(text, new Map(put)), 'latin1');
    },
  };
}

function partAt(
  text: string,
  { at, end }: { readonly at: number; readonly end: number },
  place: ReturnType<typeof formPlaces>,
): Leaf {
  const head = text.indexOf('\r\n\r\n', at);
  if (head < 0 || head + 4 > end) throw malformed();
  const headers = new Map<string, string>();
  for (const line of text.slice(at, head).split('\r\n')) {
    const { name, value = '' } = HEADER.exec(line)?.groups ?? {};
    if (name === undefined || headers.has(name.toLowerCase())) throw malformed();
    headers.set(name.toLowerCase(), value.trimEnd());
  }
  const { name, file } = DISPOSITION.exec(headers.get('content-disposition') ?? '')?.groups ?? {};
  if (name === undefined || headers.has('content-transfer-encoding')) throw malformed();
  const start = head + 4;
  const value: LeafValue =
    file === undefined
      ? { kind: 'text', text: utf8Text(text.slice(start, end)) }
      : { kind: 'file' };
  return { place: place(utf8Text(name)), start, end, value };
}

function utf8Text(bytes: string): string {
  try {
    return textOf(Buffer.from(bytes, 'latin1'));
  } catch {
    throw new Problem('invalid', 'expected UTF-8');
  }
}

function malformed(): Problem {
  return new Problem('invalid', 'expected a form in parts (RFC 7578), each with a plain name');
}
