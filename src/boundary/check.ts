import { unreachable } from '#base/assert';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { AnyShape, Field, FieldForm, RecordShape, Shape } from './shape.ts';
import { literalIn } from './statement.ts';

/**
 * The value, typed, when it has exactly that shape; throws `invalid` naming the path and the limit that was
 * broken. The offending value itself is never repeated: it may be what must not be seen.
 */
export function check<T>(shape: Shape<T>, value: unknown, path: string): T {
  const fault = walk(shape, value);
  if (fault !== null) throw new Problem('invalid', `\`${path}${fault.path}\` ${fault.what}`);
  return value as T;
}

/** What is wrong and where; paths are put together on the way back, so that good values pay nothing for them. */
type Fault = { readonly path: string; readonly what: string };

function refused(what: string, path = ''): Fault {
  return { path, what };
}

function below(path: string, fault: Fault | null): Fault | null {
  return fault === null ? null : { path: `${path}${fault.path}`, what: fault.what };
}

function walk(shape: AnyShape, value: unknown): Fault | null {
  switch (shape.kind) {
    case 'field':
      return walkField(shape, value);
    case 'nullable':
      return value === null ? null : walk(shape.of, value);
    case 'list':
      return walkList(shape, value);
    case 'record':
    case 'map':
    case 'union':
      if (!isPlain(value)) return refused('expected an object');
      if (shape.kind === 'record') return walkRecord(shape, value, false);
      return shape.kind === 'map' ? walkMap(shape, value) : walkUnion(shape, value);
  }
  return unreachable(shape);
}

type Plain = { readonly [key: string]: unknown };

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `tagged` records are cases of a union and have the field `kind` besides their own. */
function walkRecord(shape: RecordShape, value: Plain, tagged: boolean): Fault | null {
  let found = 0;
  for (const key in shape.fields) {
    if (!Object.hasOwn(value, key)) return refused('expected a value, got none', `.${key}`);
    const inner = shape.fields[key];
    const fault = inner === undefined ? null : walk(inner, value[key]);
    if (fault !== null) return below(`.${key}`, fault);
    found += 1;
  }
  // Every field of the shape was found, so a different count means a field the shape does not know.
  const expected = tagged ? found + 1 : found;
  return Object.keys(value).length === expected ? null : refused('expected only known fields');
}

function walkList(shape: AnyShape & { kind: 'list' }, value: unknown): Fault | null {
  if (!Array.isArray(value)) return refused('expected a list');
  if (value.length > shape.countMax) {
    return refused(`expected at most ${shape.countMax} items, got ${value.length}`);
  }
  for (let index = 0; index < value.length; index++) {
    const fault = walk(shape.of, value[index]);
    if (fault !== null) return below(`[${index}]`, fault);
  }
  return null;
}

function walkMap(shape: AnyShape & { kind: 'map' }, value: Plain): Fault | null {
  const keys = Object.keys(value);
  if (keys.length > shape.countMax) {
    return refused(`expected at most ${shape.countMax} entries, got ${keys.length}`);
  }
  for (const key of keys) {
    // A copy of such a map by assignment would set its prototype instead of a member.
    if (key === '__proto__') return refused('expected no key of that name');
    const fault = below(' key', walkField(shape.keys, key)) ?? walk(shape.values, value[key]);
    if (fault !== null) return below('[…]', fault);
  }
  return null;
}

function walkUnion(shape: AnyShape & { kind: 'union' }, value: Plain): Fault | null {
  const kind = value['kind'];
  const known = typeof kind === 'string' && Object.hasOwn(shape.cases, kind);
  const found = known ? shape.cases[kind] : undefined;
  if (found !== undefined) return walkRecord(found, value, true);
  return refused(`expected one of ${Object.keys(shape.cases).join(', ')}`, '.kind');
}

function walkField(shape: Field, value: unknown): Fault | null {
  const form = shape.form;
  switch (form.kind) {
    case 'one-of':
      if ((form.values as readonly unknown[]).includes(value)) return null;
      return refused(`expected one of ${form.values.join(', ')}`);
    case 'integer':
      return walkInteger(form, value);
    case 'rounded':
      return walkRounded(form, value);
    case 'document':
      return walkDocument(form, value);
    case 'pattern':
    case 'text':
    case 'statement':
      return walkText(form, value);
  }
  return unreachable(form);
}

function walkInteger(form: FormOf<'integer'>, value: unknown): Fault | null {
  if (!Number.isSafeInteger(value) || Object.is(value, -0))
    return refused('expected a whole number');
  const inside = Number(value) >= form.min && Number(value) <= form.max;
  return inside ? null : refused(`expected ${form.min} to ${form.max}`);
}

function walkRounded(form: FormOf<'rounded'>, value: unknown): Fault | null {
  if (typeof value !== 'number' || !Number.isFinite(value) || Object.is(value, -0)) {
    return refused('expected a number');
  }
  const rounded = Number(value.toPrecision(form.digitsMax)) === value;
  return rounded ? null : refused(`expected at most ${form.digitsMax} significant digits`);
}

type FormOf<K extends FieldForm['kind']> = Extract<FieldForm, { kind: K }>;
type TextForm = FormOf<'pattern' | 'text' | 'statement'>;

function walkText(form: TextForm, value: unknown): Fault | null {
  if (typeof value !== 'string') return refused('expected text');
  if (!value.isWellFormed()) return refused('expected well-formed text');
  if (longerThan(value, form.bytesMax)) return refused(`expected at most ${form.bytesMax} bytes`);
  if (form.kind === 'pattern' && !form.pattern.test(value)) {
    return refused(`expected the form ${form.pattern.source}`);
  }
  if (form.kind === 'statement' && literalIn(value)) {
    return refused('expected a statement without literals');
  }
  const many = form.kind === 'statement' || (form.kind === 'text' && form.lines === 'many');
  return (many ? CONTROL_MANY : CONTROL_ONE).test(value)
    ? refused('expected no control characters')
    : null;
}

/** Whether UTF-8 needs more bytes; one UTF-16 unit needs one to three, so most texts need no exact count. */
function longerThan(text: string, bytesMax: number): boolean {
  if (text.length * 3 <= bytesMax) return false;
  return text.length > bytesMax || Buffer.byteLength(text) > bytesMax;
}

/** Control characters but tab and line feed, and the two Unicode line ends: they forge lines in logs and terminals. */
// eslint-disable-next-line no-control-regex
const CONTROL_MANY = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/u;
// eslint-disable-next-line no-control-regex
const CONTROL_ONE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;

function walkDocument(form: FormOf<'document'>, value: unknown): Fault | null {
  if (!isPlain(value)) return refused('expected an object');
  if (depthOf(value, form.depthMax) > form.depthMax) {
    return refused(`expected at most ${form.depthMax} levels`);
  }
  const text = documentText(value);
  if (text === null) return refused('expected a json document');
  return longerThan(text, form.bytesMax)
    ? refused(`expected at most ${form.bytesMax} bytes`)
    : null;
}

function documentText(value: Plain): string | null {
  try {
    return canonicalJson(value as Json);
  } catch {
    return null;
  }
}

function depthOf(value: unknown, left: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (left < 0) return 1;
  let deepest = 0;
  for (const inner of Object.values(value)) deepest = Math.max(deepest, depthOf(inner, left - 1));
  return deepest + 1;
}
