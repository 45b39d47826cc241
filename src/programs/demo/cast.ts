import { parse } from 'yaml';
import { z } from 'zod';
import { Problem } from '#base/problem';

const names = z.array(z.string()).default([]);
const attributes = z.record(z.string(), z.array(z.string())).default({});

const castShape = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  people: z.array(
    z.strictObject({
      name: z.string(),
      displayName: z.string(),
      role: z.string(),
      permissions: z
        .array(z.enum(['governor', 'data-owner', 'user-admin', 'auditor', 'operator']))
        .default([]),
      groups: names,
      attributes,
    }),
  ),
  services: z.array(
    z.strictObject({ name: z.string(), displayName: z.string(), groups: names, attributes }),
  ),
  members: z.array(z.strictObject({ project: z.string(), people: z.array(z.string()) })),
});

/** Who takes part in the demo: examples/demo/people.yaml as data. */
export type Cast = z.infer<typeof castShape>;
export type CastService = Cast['services'][number];

const markingsShape = z.strictObject({
  tags: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string().default(''),
      sensitive: z.boolean().default(false),
    }),
  ),
  sources: z.record(z.string(), names),
  columns: z.record(z.string(), names),
  owners: z.record(z.string(), names),
});

/** Which tags and owners the sources and columns of the demo get: examples/demo/tags.yaml as data. */
export type Markings = z.infer<typeof markingsShape>;

/** The people of a YAML text; throws `invalid` with the path of what is wrong. */
export function readCast(text: string): Cast {
  return shaped(castShape, text, 'people');
}

/** The tags of a YAML text; throws `invalid` with the path of what is wrong. */
export function readMarkings(text: string): Markings {
  return shaped(markingsShape, text, 'tags');
}

function shaped<T>(shape: z.ZodType<T>, text: string, label: string): T {
  const result = shape.safeParse(parse(text));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Problem(
    'invalid',
    `\`${label}\` expected another shape at \`${issue?.path.join('.') ?? ''}\``,
    { cause: result.error },
  );
}

/** What one source is marked with. */
export type SourceMarks = {
  readonly schema: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly owners: readonly string[];
  readonly columns: Readonly<Record<string, readonly string[]>>;
};

/** The markings turned round: one entry a source, with its columns; throws `invalid` for a name without three parts. */
export function marksBySource(markings: Markings): readonly SourceMarks[] {
  return Object.entries(markings.sources).map(([source, tags]) => {
    const [schema = '', name = ''] = source.split('.');
    return {
      schema,
      name,
      tags,
      owners: markings.owners[source] ?? [],
      columns: columnsOf(markings, source),
    };
  });
}

function columnsOf(
  markings: Markings,
  source: string,
): Readonly<Record<string, readonly string[]>> {
  const columns: Record<string, string[]> = {};
  for (const [tag, places] of Object.entries(markings.columns)) {
    for (const place of places) {
      const [schema, table, column, ...rest] = place.split('.');
      if (column === undefined || rest.length > 0) {
        throw new Problem('invalid', `expected \`schema.table.column\`, got \`${place}\``);
      }
      if (`${schema}.${table}` === source) (columns[column] ??= []).push(tag);
    }
  }
  return columns;
}
