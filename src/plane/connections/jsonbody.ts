import { canonicalJson } from '#base/canonical';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import type { Place } from './fieldpath.ts';
import { spliced } from './leaf.ts';
import type { Leaf, LeafValue, OpenBody } from './leaf.ts';
import { JSON_DEPTH_MAX, LEAVES_MAX } from './limits.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A JSON body; throws `invalid` for what is not JSON in UTF-8, and where a key comes twice: readers differ on which counts. */
export function openJson(bytes: Uint8Array): OpenBody {
  const text = textFrom(bytes);
  requireShallow(text);
  try {
    JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new Problem('invalid', 'expected JSON');
  }
  const leaves: Leaf[] = [];
  scanValue({ text, at: 0, leaves }, []);
  return {
    leaves,
    with: (values) =>
      utf8(spliced(text, new Map([...values].map(([leaf, put]) => [leaf, canonicalJson(put)])))),
  };
}

function textFrom(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    throw new Problem('invalid', 'expected UTF-8');
  }
}

/** Throws for JSON that is too deep, before a parser builds what it would throw away. */
function requireShallow(text: string): void {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) inText = !inText;
    else if (code === BACKSLASH) at += inText ? 1 : 0;
    else if (inText) continue;
    else if (code === BRACE || code === BRACKET) depth += 1;
    else if (code === BRACE + 2 || code === BRACKET + 2) depth -= 1;
    if (depth > JSON_DEPTH_MAX) {
      throw new Problem('invalid', `expected JSON at most ${JSON_DEPTH_MAX} deep`);
    }
  }
}
const [QUOTE, BACKSLASH, BRACKET, BRACE] = [0x22, 0x5c, 0x5b, 0x7b];

/** Text that is JSON: `JSON.parse` has said so. */
type Scan = { readonly text: string; at: number; readonly leaves: Leaf[] };

function scanValue(scan: Scan, place: Place): void {
  skipSpace(scan);
  const start = scan.at;
  const first = scan.text[start];
  if (scan.leaves.length >= LEAVES_MAX) {
    throw new Problem('invalid', `expected at most ${LEAVES_MAX} values`);
  }
  if (first === '{' || first === '[') {
    const whole = scan.leaves.push({ place, start, end: start, value: { kind: 'whole' } }) - 1;
    if (first === '{') scanObject(scan, place);
    else scanList(scan, place);
    scan.leaves[whole] = { place, start, end: scan.at, value: { kind: 'whole' } };
    return;
  }
  const value = first === '"' ? { kind: 'text' as const, text: scanText(scan) } : scanWord(scan);
  scan.leaves.push({ place, start, end: scan.at, value });
}

function scanObject(scan: Scan, place: Place): void {
  const keys = new Set<string>();
  scan.at += 1;
  for (skipSpace(scan); scan.text[scan.at] !== '}'; skipSpace(scan)) {
    if (scan.text[scan.at] === ',') scan.at += 1;
    skipSpace(scan);
    const key = scanText(scan);
    if (keys.has(key)) throw new Problem('invalid', 'expected each key of an object once');
    keys.add(key);
    skipSpace(scan);
    scan.at += 1; // the colon
    scanValue(scan, [...place, key]);
  }
  scan.at += 1;
}

function scanList(scan: Scan, place: Place): void {
  scan.at += 1;
  let element = 0;
  for (skipSpace(scan); scan.text[scan.at] !== ']'; skipSpace(scan)) {
    if (scan.text[scan.at] === ',') scan.at += 1;
    scanValue(scan, [...place, element++]);
  }
  scan.at += 1;
}

function scanText(scan: Scan): string {
  const start = scan.at;
  let end = scan.text.indexOf('"', start + 1);
  while (isEscaped(scan.text, end)) end = scan.text.indexOf('"', end + 1);
  scan.at = end + 1;
  return JSON.parse(scan.text.slice(start, scan.at)) as string;
}

/** Whether an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before -= 1;
  return (at - before) % 2 === 1;
}

const WORD = /[-+.\w]+/uy;

function scanWord(scan: Scan): LeafValue {
  WORD.lastIndex = scan.at;
  const word = WORD.exec(scan.text)?.[0] ?? '';
  scan.at += word.length;
  if (word === 'null') return { kind: 'null' };
  if (word === 'true' || word === 'false') return { kind: 'truth', is: word === 'true' };
  return { kind: 'number', digits: word };
}

const SPACE = /[\t\n\r ]*/uy;

function skipSpace(scan: Scan): void {
  SPACE.lastIndex = scan.at;
  scan.at += SPACE.exec(scan.text)?.[0].length ?? 0;
}
