import { z } from 'zod';
import { Problem } from '#base/problem';
import { bytesShape } from '#platform/http';
import { ARROW } from './arrowformat.ts';
import { detokeniseWork } from './bulkdetokenise.ts';
import type { BulkFormat } from './bulkformat.ts';
import { DETOKENISE_ROWS, TOKENISE_ROWS } from './bulklimits.ts';
import { sendBulk } from './bulkstream.ts';
import { tokeniseWork } from './bulktokenise.ts';
import { CSV } from './csvformat.ts';
import { NDJSON } from './ndjsonformat.ts';
import { POLICY, vaultRoute } from '../route.ts';
import type { VaultCall } from '../route.ts';
import { maybe, redaction, repeated, tableParams, vaultParams } from '../shape.ts';

const FORMATS: readonly BulkFormat[] = [NDJSON, CSV, ARROW];
/** What streams of rows may be sent as. */
export const BULK_MEDIA = FORMATS.map(({ media }) => media);

/** The format of the request's body, and so of the answer. */
function formatOf({ header }: Pick<VaultCall<unknown, unknown, unknown>, 'header'>): BulkFormat {
  const media = (header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  const format = FORMATS.find((one) => one.media === media);
  if (format !== undefined) return format;
  throw new Problem('unsupported', `a stream expected content-type ${BULK_MEDIA.join(', ')}`);
}

export const bulkRoutes = [
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/:table/tokenize/stream',
    operation: 'tokenizeStream',
    need: POLICY,
    summary:
      'Make a record of each row of a stream, and give the rows back with tokens in place of values',
    params: tableParams,
    query: z.object({
      columns: repeated.describe(
        'columns of the input that are kept, as `name` or `name:column of the table`; others are passed through. All are kept when none is named',
      ),
      upsert: maybe.describe('unique column of the table: a record that has the value is changed'),
      from: z.coerce
        .number()
        .int()
        .min(0)
        .multipleOf(TOKENISE_ROWS)
        .default(0)
        .describe(`rows before this input, to go on after a break: a multiple of ${TOKENISE_ROWS}`),
    }),
    takes: BULK_MEDIA,
    answers: bytesShape,
    media: NDJSON.media,
    handle: async (call) => {
      const format = formatOf(call);
      const begin = (columns: readonly string[] | null) => tokeniseWork(call, format, columns);
      await sendBulk(call, { format, rowsMax: TOKENISE_ROWS, begin });
      return new Uint8Array();
    },
  }),
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/detokenize/stream',
    operation: 'detokenizeStream',
    need: POLICY,
    summary:
      'Give the rows of a stream back with values in place of tokens, as far as policy shows',
    params: vaultParams,
    query: z.object({
      columns: repeated.describe(
        'columns of the input that hold tokens; `token` when none is named',
      ),
      redaction,
    }),
    takes: BULK_MEDIA,
    answers: bytesShape,
    media: NDJSON.media,
    handle: async (call) => {
      const format = formatOf(call);
      const begin = (columns: readonly string[] | null) => detokeniseWork(call, columns);
      await sendBulk(call, { format, rowsMax: DETOKENISE_ROWS, begin });
      return new Uint8Array();
    },
  }),
];
