import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import type { AnyShape, Field, RecordShape, Shape } from './shape.ts';
import { literalIn } from './statement.ts';

/**
 * The value, typed, when it has exactly that shape; throws `invalid` naming the path and the limit that was
 * broken. The offending value itself is never repeated: it may be what must not be seen.
 */
export function check<T>(shape: Shape<T>, value: unknown, path: string): T {
  walk(shape, value, path);
  return value as T;
}

function walk(shape: AnyShape, value: unknown, path: string): void {
  switch (shape.kind) {
    case 'field':
      return walkField(shape, value, path);
    case 'nullable':
      return value === null ? undefined : walk(shape.of, value, path);
    case 'record':
      return walkRecord(shape, objectAt(value, path), path);
    case 'list':
      return walkList(shape, value, path);
    case 'map':
      return walkMap(shape, objectAt(value, path), path);
    case 'union':
      return walkUnion(shape, objectAt(value, path), path);
  }
}

type Plain = { readonly [key: string]: unknown };

function objectAt(value: unknown, path: string): Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused(path, 'expected an object');
  }
  return value as Plain;
}

function walkRecord(shape: RecordShape, value: Plain, path: string): void {
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(shape.fields, key)) throw refused(path, 'expected only known fields');
  }
  for (const [key, inner] of Object.entries(shape.fields)) {
    if (!Object.hasOwn(value, key)) throw refused(`${path}.${key}`, 'expected a value, got none');
    walk(inner, value[key], `${path}.${key}`);
  }
}

function walkList(shape: AnyShape & { kind: 'list' }, value: unknown, path: string): void {
  if (!Array.isArray(value)) throw refused(path, 'expected a list');
  if (value.length > shape.countMax) {
    throw refused(path, `expected at most ${shape.countMax} items, got ${value.length}`);
  }
  value.forEach((item, index) => walk(shape.of, item, `${path}[${index}]`));
}

function walkMap(shape: AnyShape & { kind: 'map' }, value: Plain, path: string): void {
  const keys = Object.keys(value);
  if (keys.length > shape.countMax) {
    throw refused(path, `expected at most ${shape.countMax} entries, got ${keys.length}`);
  }
  for (const key of keys) {
    // A copy of such a map by assignment would set its prototype instead of a member.
    if (key === '__proto__') throw refused(path, 'expected no key of that name');
    walkField(shape.keys, key, `${path} key`);
    walk(shape.values, value[key], `${path}[…]`);
  }
}

function walkUnion(shape: AnyShape & { kind: 'union' }, value: Plain, path: string): void {
  const kind = value['kind'];
  const found = typeof kind === 'string' && Object.hasOwn(shape.cases, kind) && shape.cases[kind];
  if (!found)
    throw refused(`${path}.kind`, `expected one of ${Object.keys(shape.cases).join(', ')}`);
  const { kind: _, ...rest } = value;
  walkRecord(found, rest, path);
}

function walkField(shape: Field, value: unknown, path: string): void {
  const form = shape.form;
  switch (form.kind) {
    case 'one-of':
      if (!form.values.some((one) => one === value)) {
        throw refused(path, `expected one of ${form.values.join(', ')}`);
      }
      return;
    case 'integer':
      return walkInteger(form, value, path);
    case 'document':
      return walkDocument(form, value, path);
    case 'pattern':
    case 'text':
    case 'statement':
      return walkText(form, textAt(value, path, form.bytesMax), path);
  }
}

function walkInteger(
  form: Field['form'] & { kind: 'integer' },
  value: unknown,
  path: string,
): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0))
    throw refused(path, 'expected a whole number');
  if (Number(value) < form.min || Number(value) > form.max) {
    throw refused(path, `expected ${form.min} to ${form.max}`);
  }
}

function textAt(value: unknown, path: string, bytesMax: number): string {
  if (typeof value !== 'string') throw refused(path, 'expected text');
  if (!value.isWellFormed()) throw refused(path, 'expected well-formed text');
  // A character is at least one byte, so the exact count is only taken for short texts.
  const sizeBytes = value.length > bytesMax ? value.length : utf8(value).length;
  if (sizeBytes > bytesMax)
    throw refused(path, `expected at most ${bytesMax} bytes, got ${sizeBytes}`);
  return value;
}

/** Control characters but tab and line feed, and the two Unicode line ends: they forge lines in logs and terminals. */
// eslint-disable-next-line no-control-regex
const CONTROL_MANY = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/u;
// eslint-disable-next-line no-control-regex
const CONTROL_ONE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;

function walkText(
  form: Field['form'] & { kind: 'pattern' | 'text' | 'statement' },
  value: string,
  path: string,
): void {
  if (form.kind === 'pattern' && !form.pattern.test(value)) {
    throw refused(path, `expected the form ${form.pattern.source}`);
  }
  if (form.kind === 'statement' && literalIn(value)) {
    throw refused(path, 'expected a statement without literals');
  }
  const many = form.kind === 'statement' || (form.kind === 'text' && form.lines === 'many');
  const control = many ? CONTROL_MANY : CONTROL_ONE;
  if (control.test(value)) throw refused(path, 'expected no control characters');
}

function walkDocument(
  form: Field['form'] & { kind: 'document' },
  value: unknown,
  path: string,
): void {
  if (depthOf(value, form.depthMax) > form.depthMax) {
    throw refused(path, `expected at most ${form.depthMax} levels`);
  }
  const sizeBytes = utf8(canonicalJson(objectAt(value, path) as Json)).length;
  if (sizeBytes > form.bytesMax) {
    throw refused(path, `expected at most ${form.bytesMax} bytes, got ${sizeBytes}`);
  }
}

function depthOf(value: unknown, left: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (left < 0) return 1;
  let deepest = 0;
  for (const inner of Object.values(value)) deepest = Math.max(deepest, depthOf(inner, left - 1));
  return deepest + 1;
}

function refused(path: string, what: string): Problem {
  return new Problem('invalid', `\`${path}\` ${what}`);
}
