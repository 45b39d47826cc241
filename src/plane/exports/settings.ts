import { z } from 'zod';
import { group, setting } from '#platform/settings';
import { EXPORT_FORMATS } from './format.ts';
import { EXPORTS_MAX } from './limits.ts';

const PATH = z.string().min(1).max(1_000);
const TLS_FILES = {
  authorityFile: PATH.optional(),
  certificateFile: PATH.optional(),
  keyFile: PATH.optional(),
};

const placeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), path: PATH }),
  z.strictObject({
    kind: z.literal('webhook'),
    url: z
      .url({ protocol: /^https$/u, error: 'expected an https address' })
      .max(500)
      .refine(isWithoutCredential, {
        error:
          'expected an address without a credential: what the receiver knows the plane by is in `secretFile`',
      }),
    /** File with the signing key, `whsec_` and base64. */
    secretFile: PATH,
    single: z.boolean().default(false),
    ...TLS_FILES,
  }),
  z.strictObject({
    kind: z.literal('syslog'),
    host: z.string().min(1).max(253),
    port: z.int().min(1).max(65_535).default(6514),
    ...TLS_FILES,
  }),
  z.strictObject({
    kind: z.literal('s3'),
    /** `s3://bucket/prefix?region=…&endpoint=…` */
    address: z.string().min(1).max(500),
    retainDays: z.int().min(1).max(36_500).default(365),
    everySeconds: z.int().min(1).max(86_400).default(300),
  }),
]);
export type ExportPlace = z.output<typeof placeSchema>;

const targetSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/u, 'expected 1 to 40 of `a-z 0-9 -`'),
  format: z.enum(EXPORT_FORMATS).default('ocsf'),
  details: z.boolean().default(false),
  begin: z.enum(['start', 'now']).default('start'),
  to: placeSchema,
});

/** Whether no name and password and no parameter that is called like a credential stands in the address. */
function isWithoutCredential(text: string): boolean {
  if (!URL.canParse(text)) return true; // said already
  const { username, password, searchParams } = new URL(text);
  return username === '' && password === '' && ![...searchParams.keys()].some(isCredential);
}

function isCredential(name: string): boolean {
  return /key|token|secret|passw|auth|^(?:sig|signature|code|pass|pwd|sas)$/iu.test(name);
}

/** Where the ledger of a plane is exported to. */
export const exportSettings = group(
  'exports',
  'Where the leaves of the ledger go beside the log.',
  {
    targets: setting(
      z
        .array(targetSchema)
        .max(EXPORTS_MAX)
        .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
          error: 'expected names that differ',
        }),
      {
        fallback: [],
        doc: 'A list of `{ name, format, details, begin, to }`: `format` is `ocsf`, `cloudevents` or `leaf`, `to` a file, a webhook, a syslog receiver or a bucket of S3 with Object Lock (docs/formats/ledger-export.md).',
      },
    ),
  },
);
