import { z } from 'zod';
import { FIELDS_MAX, ROUTES_MAX } from './limits.ts';

const word = z.string().min(1).max(200);
const line = z.string().max(1_000);
/** Part of Skyflow's form that is not done here: whoever fills it in is told so (`checkConnection`). */
const notHere = z.unknown().optional().describe('not supported: left out, or empty');
const orNone = <T extends z.ZodType>(shape: T) => z.array(shape).max(FIELDS_MAX).nullish();

const field = z.strictObject({
  action: z
    .enum(['NOT_SELECTED', 'TOKENIZATION', 'DETOKENIZATION', 'ENCRYPTION', 'FUNCTION'])
    .describe('ENCRYPTION and FUNCTION are not supported'),
  fieldName: word.describe(
    'keys with dots between, `*` for each element of a list; or the name of a header or parameter',
  ),
  table: line.nullish(),
  column: line.nullish(),
  redaction: z.enum(['PLAIN_TEXT', 'MASKED', 'REDACTED', 'DEFAULT', '']).nullish(),
  dataSelector: notHere,
  dataSelectorRegex: notHere,
  transformFormat: notHere,
  encryptionType: notHere,
  functionName: notHere,
  functionInfo: notHere,
  sourceRegex: notHere,
  transformedRegex: notHere,
});
export type FieldDocument = z.infer<typeof field>;

const route = z.strictObject({
  name: line.nullish(),
  description: line.nullish(),
  path: z.string().min(1).max(500).describe('with `{parameters}`, below the base address'),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  contentType: z.enum([
    'JSON',
    'X_WWW_FORM_URLENCODED',
    'X_MULTIPART_FORM_DATA',
    'XML',
    'UNKNOWN_CONTENT',
  ]),
  url: orNone(field).describe('parameters of the path'),
  queryParams: orNone(field),
  requestHeader: orNone(field),
  requestBody: orNone(field),
  responseHeader: orNone(field),
  responseBody: orNone(field),
  tableUpsertInfo: orNone(z.strictObject({ table: word, column: word })),
  mleType: z
    .enum(['NOT_REQUIRED', 'MANDATORY', ''])
    .nullish()
    .describe('MANDATORY is not supported'),
  soapAction: notHere,
  preFieldRequestMessageActions: notHere,
  postFieldRequestMessageActions: notHere,
  preFieldResponseMessageActions: notHere,
  postFieldResponseMessageActions: notHere,
  invocationURL: z.unknown().optional().describe('read only'),
});
export type RouteDocument = z.infer<typeof route>;

/** A connection as Skyflow writes one, and what ours says besides; docs/formats/connection.md. */
export const connectionShape = z.strictObject({
  ID: z.unknown().optional().describe('read only'),
  BasicAudit: z.unknown().optional().describe('read only'),
  name: word,
  description: line.nullish(),
  mode: z.enum(['EGRESS', 'INGRESS', '']).nullish(),
  baseURL: z.string().min(1).max(500),
  vaultID: word,
  authMode: z.enum(['NOAUTH', 'SHAREDKEY', 'MTLS']),
  denyPassThrough: z.boolean().nullish(),
  formEncodedKeysPassThrough: notHere,
  routes: z.array(route).min(1).max(ROUTES_MAX),
  invokers: z
    .array(word)
    .max(50)
    .nullish()
    .describe(
      'names of roles at the vault whose holders may call it; CONNECTION_INVOKER when left out',
    ),
  account: word.nullish().describe('INGRESS: the service account in whose name callers act'),
  sharedKeyHeader: word
    .nullish()
    .describe('the header of the shared key; `authorization` when left out'),
  authority: z
    .string()
    .max(64 * 1024)
    .nullish()
    .describe(
      'certificates (PEM) of the authorities of the target, in place of those of the system',
    ),
});
export type ConnectionDocument = z.infer<typeof connectionShape>;
