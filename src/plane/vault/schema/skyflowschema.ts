import { z } from 'zod';
import { Problem } from '#base/problem';
import type { ColumnProposal, TableProposal, VaultProposal } from './proposal.ts';
import type { ColumnSchema, TableSchema, TokenPolicy, VaultSchema } from './schema.ts';
import { DATATYPES, DLP_POLICIES, nameOf, readTags, tag } from './skyflowtags.ts';
import type { SkyflowTag, TagReading } from './skyflowtags.ts';

/** Skyflow's `vaultSchema`, both ways, so that schemas move here as they are. */

const tags = z
  .array(z.object({ name: z.string(), values: z.array(z.string()).default([]) }))
  .default([]);
const field = z.object({
  name: z.string(),
  datatype: z.string(),
  isArray: z.boolean().default(false),
  tags,
});
const schema = z.object({
  name: z.string(),
  fields: z.array(field),
  schemaTags: tags,
  childrenSchemas: z.array(z.unknown()).default([]),
  properties: z.object({ description: z.string().default('') }).nullish(),
});
const document = z.object({ schemas: z.array(schema), tags });

type Field = z.output<typeof field>;

const MINUTE_SECONDS = 60;
const TTL_MINUTES_DEFAULT = 60;

/** The tables that Skyflow's document describes; throws `invalid` naming the place. */
export function readSkyflowSchema(given: unknown): NonNullable<VaultProposal['tables']> {
  const parsed = document.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = issue?.path.join('.') ?? '';
    throw new Problem(
      'invalid',
      `vault schema \`${place}\`: ${issue?.message.toLowerCase() ?? 'invalid'}`,
    );
  }
  return parsed.data.schemas.map((one): TableProposal => {
    if (one.childrenSchemas.length > 0) {
      throw new Problem('unsupported', `table \`${one.name}\` has tables inside`, {
        hint: 'make the inner table a column of type json, or a table of its own',
      });
    }
    const own = readTags(one.schemaTags, one.name);
    // The vault gives every record its id itself.
    const fields = one.fields.filter(({ name }) => name !== 'skyflow_id');
    const subjects = fields.filter((each) =>
      readTags(each.tags, `${one.name}.${each.name}`).flag('subject'),
    );
    if (subjects.length > 1)
      throw new Problem('invalid', `table \`${one.name}\` expected one subject column`);
    return {
      name: one.name,
      description: one.properties?.description ?? '',
      columns: fields.map((each) => readField(each, one.name)),
      subject: subjects[0]?.name ?? null,
      purposeRequired: own.flag('purpose_required'),
    };
  });
}

function readField(read: Field, table: string): ColumnProposal {
  const where = `${table}.${read.name}`;
  const reading = readTags(read.tags, where);
  const type = DATATYPES[read.datatype];
  if (type === undefined)
    throw new Problem('unsupported', `\`${where}\` has unsupported type \`${read.datatype}\``);
  const settings = new Set(reading.all('configuration_tags'));
  const operations = new Set(reading.all('operation'));
  const every = operations.has('ALL_OP');
  const find = reading.one('find_pattern');
  const dlp = reading.one('default_dlp_policy') ?? 'REDACT';
  const redaction = DLP_POLICIES[dlp];
  if (redaction === undefined)
    throw new Problem('invalid', `\`${where}\` has unknown redaction \`${dlp}\``);
  const values = reading.all('predefinedvalues');
  const types = reading.all('allowed_file_types');
  const required =
    reading.flag('not_null') || settings.has('NOT_NULL') || settings.has('PRIMARY_KEY');
  return {
    name: read.name,
    type,
    isArray: read.isArray,
    nullable: !required && !reading.flag('subject'),
    unique: reading.flag('unique') || settings.has('UNIQUE') || settings.has('PRIMARY_KEY'),
    exactIndex:
      reading.flag('index') || settings.has('INDEX') || operations.has('EXACT_MATCH') || every,
    prefixIndex: prefixOf(reading, where),
    tokens: tokensOf(reading, where),
    redaction,
    mask: find === null ? null : { find, replace: reading.one('replace_pattern') ?? '' },
    validation: reading.one('regular_exp'),
    values: values.length === 0 ? null : [...values],
    fileTypes: types.length === 0 ? null : [...types],
    operations: [
      ...(operations.has('ORDER') || every ? (['order'] as const) : []),
      ...(operations.has('AGGREGATION') || every ? (['aggregation'] as const) : []),
    ],
    classification: {
      dataType: reading.one('data_type'),
      identifiability: reading.one('identifiability'),
      sensitivity: reading.one('sensitivity'),
      personalInformation: [...reading.all('personal_information_type')],
      privacyLaws: [...reading.all('privacy_law')],
      tags: [...reading.all('tags')],
    },
    displayName: reading.one('display_name') ?? '',
    description: reading.one('description') ?? '',
  };
}

type TokenProposal = NonNullable<ColumnProposal['tokens']>[number];

function tokensOf(reading: TagReading, where: string): TokenProposal[] {
  const policy = reading.one('default_token_policy');
  if (policy === null) return [];
  const group = reading.one('column_group');
  const pattern = reading.one('format_preserving_regex');
  const shaped: TokenProposal['shape'] =
    pattern === null ? { kind: 'same-shape' } : { kind: 'pattern', pattern };
  const ttl = Number(reading.one('ttl') ?? TTL_MINUTES_DEFAULT) * MINUTE_SECONDS;
  const kinds: Readonly<Record<string, TokenProposal>> = {
    DETERMINISTIC_UUID: { shape: { kind: 'uuid' }, deterministic: true },
    NON_DETERMINISTIC_UUID: { shape: { kind: 'uuid' }, deterministic: false },
    RANDOM_TOKEN: { shape: { kind: 'uuid' }, deterministic: false },
    DETERMINISTIC_FPT: { shape: shaped, deterministic: true },
    FORMAT_PRESERVING_TOKEN: { shape: shaped, deterministic: true },
    NON_DETERMINISTIC_FPT: { shape: shaped, deterministic: false },
    NON_DETERMINISTIC_TRANSIENT_UUID: {
      shape: { kind: 'uuid' },
      deterministic: false,
      ttlSeconds: ttl,
    },
    DETERMINISTIC_PRESERVE_LEFT_6_RIGHT_4: { shape: { kind: 'card' }, deterministic: true },
    DETERMINISTIC_PRESERVE_EMAIL_DOMAIN: { shape: { kind: 'email' }, deterministic: true },
  };
  const kind = kinds[policy];
  if (kind === undefined)
    throw new Problem('invalid', `\`${where}\` has unknown token policy \`${policy}\``);
  return [group === null ? kind : { ...kind, group }];
}

function prefixOf(reading: TagReading, where: string): ColumnProposal['prefixIndex'] {
  const text = reading.one('prefix_index');
  if (text === null) return null;
  const groups = /^(?<min>\d{1,2})-(?<max>\d{1,2})$/u.exec(text)?.groups;
  if (groups === undefined)
    throw new Problem('invalid', `\`${where}\` expected a prefix index like \`3-8\``);
  return { min: Number(groups['min']), max: Number(groups['max']) };
}

/** The schema as Skyflow's `GET /v1/vaults/{id}` gives it; of several token kinds, the first. */
export function skyflowSchemaOf({ tables }: VaultSchema) {
  return { schemas: tables.map(tableDocument), tags: [] as SkyflowTag[] };
}

function tableDocument(table: TableSchema) {
  return {
    ID: table.id,
    name: table.name,
    fields: table.columns.map((column) => ({
      ID: column.id,
      name: column.name,
      datatype: nameOf(DATATYPES, column.type),
      isArray: column.isArray,
      tags: [...tagsOf(column), ...(column.id === table.subject ? [tag('subject', 'true')] : [])],
    })),
    childrenSchemas: [],
    schemaTags: table.purposeRequired ? [tag('purpose_required', 'true')] : [],
    properties: { description: table.description },
  };
}

function tagsOf(column: ColumnSchema): SkyflowTag[] {
  const { classification: about, mask, prefixIndex } = column;
  const some = (name: string, value: string | null) =>
    value === null || value === '' ? [] : [tag(name, value)];
  const many = (name: string, values: readonly string[] | null) =>
    values === null || values.length === 0 ? [] : [tag(name, ...values)];
  const flag = (name: string, value: boolean) => (value ? [tag(name, 'true')] : []);
  return [
    ...(column.tokens[0] === undefined ? [] : tokenTags(column.tokens[0])),
    tag('default_dlp_policy', nameOf(DLP_POLICIES, column.redaction)),
    ...(mask === null
      ? []
      : [tag('find_pattern', mask.find), tag('replace_pattern', mask.replace)]),
    ...flag('unique', column.unique),
    ...flag('index', column.exactIndex),
    ...flag('not_null', !column.nullable),
    ...many(
      'operation',
      column.operations.map((one) => one.toUpperCase()),
    ),
    ...(prefixIndex === null ? [] : [tag('prefix_index', `${prefixIndex.min}-${prefixIndex.max}`)]),
    ...some('regular_exp', column.validation),
    ...many('predefinedvalues', column.values),
    ...many('allowed_file_types', column.fileTypes),
    ...some('data_type', about.dataType),
    ...some('identifiability', about.identifiability),
    ...some('sensitivity', about.sensitivity),
    ...many('personal_information_type', about.personalInformation),
    ...many('privacy_law', about.privacyLaws),
    ...many('tags', about.tags),
    ...some('display_name', column.displayName),
    ...some('description', column.description),
  ];
}

function tokenTags({ shape, deterministic, ttlSeconds, group }: TokenPolicy): SkyflowTag[] {
  const policy = () => {
    if (ttlSeconds !== null) return 'NON_DETERMINISTIC_TRANSIENT_UUID';
    if (shape.kind === 'card') return 'DETERMINISTIC_PRESERVE_LEFT_6_RIGHT_4';
    if (shape.kind === 'email') return 'DETERMINISTIC_PRESERVE_EMAIL_DOMAIN';
    return `${deterministic ? '' : 'NON_'}DETERMINISTIC_${shape.kind === 'uuid' ? 'UUID' : 'FPT'}`;
  };
  return [
    tag('default_token_policy', policy()),
    ...(shape.kind === 'pattern' ? [tag('format_preserving_regex', shape.pattern)] : []),
    ...(ttlSeconds === null ? [] : [tag('ttl', String(Math.ceil(ttlSeconds / MINUTE_SECONDS)))]),
    tag('column_group', group),
  ];
}
