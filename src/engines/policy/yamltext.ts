import { Composer, LineCounter, Parser, isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { CST, Document, ParsedNode, YAMLParseError, YAMLWarning } from 'yaml';
import { Problem } from '#base/problem';
import type { Span } from '#base/problem';
import type { Entry, Node } from './node.ts';

/** Larger than any set a person writes; keeps the parser's work small. */
const TEXT_BYTES_MAX = 1024 * 1024;
const DOCUMENTS_MAX = 10_000;
/** Nobody mends more at once, and the composer's work grows with the square of their number. */
const ISSUES_MAX = 100;
/** Deeper than any document of the format goes. */
const NESTING_MAX = 20;

/** One YAML document: its tree and the text it was written as. */
export type YamlDocument = { readonly node: Node; readonly text: string };
export type YamlReading = {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly Problem[];
};

type Place = { readonly lines: LineCounter; readonly file: string | null; problems: Problem[] };

/** The documents of a YAML 1.2 text, with every syntax problem found; empty documents are left out. */
export function readYaml(text: string, file: string | null): YamlReading {
  const place: Place = { lines: new LineCounter(), file, problems: [] };
  if (Buffer.byteLength(text) > TEXT_BYTES_MAX) {
    const message = `policy text expected at most ${TEXT_BYTES_MAX} bytes`;
    return { documents: [], problems: [new Problem('limit', message)] };
  }
  const parsed = composed(text, place);
  if (parsed.length > DOCUMENTS_MAX) {
    const message = `policy text expected at most ${DOCUMENTS_MAX} documents, got more`;
    return { documents: [], problems: [new Problem('limit', message)] };
  }
  const documents = parsed.flatMap((document) => readOne(document, text, place));
  return { documents, problems: place.problems };
}

/** The parser compares each key with every other, and copies lines for each error: both are done here, in one pass. */
const READING = { version: '1.2', uniqueKeys: false, prettifyErrors: false } as const;

function composed(text: string, place: Place): readonly Document.Parsed[] {
  const composer = new Composer(READING);
  const issues = limitIssues(composer);
  const documents: Document.Parsed[] = [];
  try {
    const tokens = new Parser(place.lines.addNewLine).parse(text);
    for (const document of composer.compose(countFaults(tokens, issues))) {
      documents.push(document);
      if (documents.length > DOCUMENTS_MAX) break;
    }
    return documents;
  } catch {
    if (issues.left < 0) {
      const { errors, warnings } = composer.streamInfo();
      tell([...errors, ...warnings], place);
      const message = `policy text expected to be readable as yaml, got more than ${ISSUES_MAX} faults`;
      place.problems.push(new Problem('limit', message));
      return documents;
    }
    // The parser recurses: text nested thousands of levels deep runs out of stack.
    place.problems.push(new Problem('invalid', 'not readable as yaml: nested too deeply'));
    return [];
  }
}

type Issues = { left: number };

/** Bytes that are no token: the composer keeps an error for each without telling anybody. */
function* countFaults(tokens: Iterable<CST.Token>, issues: Issues): Generator<CST.Token> {
  for (const token of tokens) {
    if (token.type === 'error') takeOne(issues);
    yield token;
  }
}

function takeOne(issues: Issues): void {
  issues.left -= 1;
  if (issues.left < 0) throw new Error('too many issues');
}

/** Makes the composer throw at one issue more than the limit; it has no option for that. */
function limitIssues(composer: Composer): Issues {
  const issues = { left: ISSUES_MAX };
  const note = Reflect.get(composer, 'onError') as (...issue: readonly unknown[]) => void;
  Reflect.set(composer, 'onError', (...issue: readonly unknown[]) => {
    takeOne(issues);
    note(...issue);
  });
  return issues;
}

function tell(issues: readonly (YAMLParseError | YAMLWarning)[], place: Place): void {
  for (const issue of issues) {
    fail(place, issue.pos[0], `not readable as yaml: ${issue.message}`);
  }
}

function readOne(document: Document.Parsed, text: string, place: Place): YamlDocument[] {
  tell([...document.errors, ...document.warnings], place);
  if (document.errors.length > 0 || document.contents === null) return [];
  const before = place.problems.length;
  const node = nodeOf(document.contents, place, 0);
  if (place.problems.length > before) return [];
  return [{ node, text: text.slice(document.range[0], document.range[1]).trim() }];
}

function nodeOf(item: ParsedNode | null, place: Place, depth: number): Node {
  const offset = item?.range[0] ?? 0;
  const where = spanAt(place, offset);
  const nothing: Node = { kind: 'scalar', value: null, where };
  if (item === null) return nothing;
  if (depth > NESTING_MAX) {
    fail(place, offset, `expected at most ${NESTING_MAX} levels of nesting`);
    return nothing;
  }
  refuseExtras(item, place);
  if (isSeq(item)) {
    const items = item.items.map((child) => nodeOf(child, place, depth + 1));
    return { kind: 'list', items, where };
  }
  if (isMap<ParsedNode, ParsedNode | null>(item)) {
    const entries = new Map<string, Entry>();
    for (const pair of item.items) {
      const key = keyOf(pair.key, place);
      if (entries.has(key)) fail(place, pair.key.range[0], 'expected unique keys');
      entries.set(key, {
        keyWhere: spanAt(place, pair.key.range[0]),
        value: nodeOf(pair.value, place, depth + 1),
      });
    }
    return { kind: 'map', entries, where };
  }
  return isScalar(item) ? scalarOf(item.value, offset, place) : nothing;
}

function scalarOf(value: unknown, offset: number, place: Place): Node {
  const where = spanAt(place, offset);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return { kind: 'scalar', value, where };
  }
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'scalar', value, where };
  fail(place, offset, 'expected text, a finite number, true, false or null');
  return { kind: 'scalar', value: null, where };
}

/** Anchors, aliases and tags would make one text mean different things to different readers. */
function refuseExtras(item: ParsedNode, place: Place): void {
  if (isAlias(item)) return fail(place, item.range[0], 'yaml aliases are not allowed here');
  if (item.anchor !== undefined) fail(place, item.range[0], 'yaml anchors are not allowed here');
  if (item.tag?.startsWith('!') === true) {
    fail(place, item.range[0], 'yaml tags are not allowed here');
  }
}

function keyOf(key: ParsedNode, place: Place): string {
  if (isScalar(key) && typeof key.value === 'string') return key.value;
  if (isScalar(key) && typeof key.value === 'number') return String(key.value);
  fail(place, key.range[0], 'expected a key that is text');
  return '';
}

function spanAt(place: Place, offset: number): Span {
  const { line, col } = place.lines.linePos(offset);
  const span = { line: Math.max(line, 1), column: Math.max(col, 1) };
  return place.file === null ? span : { file: place.file, ...span };
}

function fail(place: Place, offset: number, message: string): void {
  place.problems.push(new Problem('invalid', message, { where: spanAt(place, offset) }));
}
