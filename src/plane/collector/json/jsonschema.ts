import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { RE2JS } from 're2js';
import { Problem } from '#base/problem';

/** A schema is a page or two; longer ones are programs. */
const SCHEMA_CHARACTERS_MAX = 200_000;
/** As of patterns that mask: bounds what compiling one can cost. */
const PATTERN_CHARACTERS_MAX = 1_000;

/**
 * The schema as a function; throws `invalid` for a schema that is none, or whose patterns are not RE2's: those run in
 * time linear in the text, where V8's would let one text of a table stop the plane.
 */
export function compiled(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  const length = JSON.stringify(schema).length;
  if (length > SCHEMA_CHARACTERS_MAX) {
    throw new Problem(
      'limit',
      `\`json_schema\` too long: limit ${SCHEMA_CHARACTERS_MAX} characters, got ${length}`,
    );
  }
  try {
    return new Ajv({
      strict: false,
      allErrors: false,
      validateFormats: false,
      logger: false,
      code: { regExp: Object.assign(patternOf, { code: 'patternOf' }) },
    }).compile(schema);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem('invalid', '`json_schema` expected a JSON Schema (draft 7)', { cause });
  }
}

function patternOf(pattern: string): { test(text: string): boolean } {
  if (pattern.length > PATTERN_CHARACTERS_MAX) {
    throw new Problem(
      'limit',
      `pattern of \`json_schema\` too long: limit ${PATTERN_CHARACTERS_MAX}, got ${pattern.length}`,
    );
  }
  try {
    const found = RE2JS.compile(pattern);
    // Ajv tells patterns apart by their text.
    const toString = () => pattern;
    return Object.assign({ test: (text: string) => found.matcher(text).find() }, { toString });
  } catch (cause) {
    throw new Problem('invalid', `pattern expected RE2 syntax, got \`${pattern}\``, {
      hint: 'look-around and back-references are not part of RE2',
      cause,
    });
  }
}
