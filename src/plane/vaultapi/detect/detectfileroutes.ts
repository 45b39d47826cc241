import { z } from 'zod';
import { Problem } from '#base/problem';
import { requireAny } from '#plane/vault';
import { deidentifyFile, FILE_FORMATS } from './detectfile.ts';
import type { FileFormat } from './detectfile.ts';
import { noteDeidentified } from './detectleaf.ts';
import { keepRun, runOf } from './detectruns.ts';
import type { DetectRun } from './detectruns.ts';
import { deidentifyApart } from './detectthread.ts';
import { wishOf, wishShape } from './detectwish.ts';
import { createPlaces } from '../places.ts';
import { POLICY, vaultRoute } from '../route.ts';

/** Of the file itself; it comes as base64, in a body of at most 16 MiB. */
const FILE_BYTES_MAX = 8 * 1024 * 1024;
const BASE64_CHARACTERS_MAX = Math.ceil(FILE_BYTES_MAX / 3) * 4;

/** Some milliseconds of work, less than a thread takes to start. */
const SMALL_BYTES = 16 * 1024;

/** Files of one process at once: each may have a thread with half a gigabyte. */
const places = createPlaces({ max: 2, eachMax: 1, of: 'files being de-identified' });

const body = z.object({
  ...wishShape,
  file: z.object({
    base64: z.string().max(BASE64_CHARACTERS_MAX),
    data_format: z.string().max(20),
  }),
});

const output = z.object({
  processed_file: z.string(),
  processedFile: z.string(),
  processed_file_type: z.literal('redacted_file'),
  processedFileType: z.literal('redacted_file'),
  processed_file_extension: z.string(),
  processedFileExtension: z.string(),
});
const runShape = z.object({
  status: z.literal('SUCCESS'),
  message: z.string(),
  run_id: z.string(),
  runId: z.string(),
  output_type: z.literal('base64'),
  outputType: z.literal('base64'),
  output: z.array(output),
  word_count: z.number(),
  character_count: z.number(),
  wordCharacterCount: z.object({ wordCount: z.number(), characterCount: z.number() }),
  size: z.number().describe('of the processed file, in KB'),
});

/** Every name twice: Skyflow's reference has the one spelling, its SDK reads the other. */
function shown(
  id: string,
  { file, format, words, characters }: DetectRun,
): z.infer<typeof runShape> {
  const type = 'redacted_file';
  return {
    status: 'SUCCESS',
    message: '',
    run_id: id,
    runId: id,
    output_type: 'base64',
    outputType: 'base64',
    output: [
      {
        processed_file: file,
        processedFile: file,
        processed_file_type: type,
        processedFileType: type,
        processed_file_extension: format,
        processedFileExtension: format,
      },
    ],
    word_count: words,
    character_count: characters,
    wordCharacterCount: { wordCount: words, characterCount: characters },
    size: Math.ceil((file.length * 3) / 4 / 1024),
  };
}

function formatOf(name: string): FileFormat {
  const format = FILE_FORMATS.find((one) => one === name.toLowerCase());
  if (format !== undefined) return format;
  throw new Problem('unsupported', 'files of this format are not de-identified here', {
    hint: `those of ${FILE_FORMATS.join(', ')} are; take the text out of others first`,
  });
}

function bytesOf(base64: string): Uint8Array {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64').replaceAll('=', '') !== base64.replaceAll('=', '')) {
    throw new Problem('invalid', '`file.base64` expected base64');
  }
  if (bytes.length > 0 && bytes.length <= FILE_BYTES_MAX) return bytes;
  throw new Problem(
    'invalid',
    `the file expected 1 to ${FILE_BYTES_MAX} bytes, got ${bytes.length}`,
  );
}

/** The paths that take files: which one an SDK calls hangs on the ending of the file's name. */
const PATHS = [
  ['', 'deidentifyFile'],
  ['/text', 'deidentifyText'],
  ['/structured_text', 'deidentifyStructuredText'],
  ['/spreadsheet', 'deidentifySpreadsheet'],
  ['/document', 'deidentifyDocument'],
  ['/document/pdf', 'deidentifyPdf'],
  ['/presentation', 'deidentifyPresentation'],
  ['/image', 'deidentifyImage'],
  ['/audio', 'deidentifyAudio'],
] as const;

export const detectFileRoutes = [
  ...PATHS.map(([path, operation]) =>
    vaultRoute({
      method: 'POST',
      path: `/v1/detect/deidentify/file${path}`,
      operation,
      need: POLICY,
      summary: 'Replace what is found in a file of text, CSV or JSON; other formats are refused',
      body,
      answers: z.object({ run_id: z.string() }),
      handle: async (call) => {
        const { vault_id: vault, file, ...rest } = call.body;
        const { schema, rulings } = await call.open(vault);
        const may = schema.tables.map(rulings.for('tokenize'));
        requireAny(may, 'files are not yours to de-identify at this vault');
        const format = formatOf(file.data_format);
        const wish = wishOf(call.body);
        if (wish.entities.some((entity) => wish.tokenKind(entity) === 'vault_token')) {
          throw new Problem('unsupported', 'files have no tokens of the vault', {
            hint: 'ask for `entity_only` or `entity_unq_counter`, or de-identify the text itself',
          });
        }
        const bytes = bytesOf(file.base64);
        const leave = places(call.guest.subject.id);
        try {
          const order = { bytes, format, body: { ...rest, vault_id: vault } };
          const done =
            bytes.length <= SMALL_BYTES && wish.allow.length + wish.restrict.length === 0
              ? await deidentifyFile(bytes, format, wish)
              : await deidentifyApart(order);
          const { characters, words, replaced } = done;
          const told = { vault: schema.id, rulings: may, source: 'file' as const };
          await noteDeidentified(call, { ...told, characters, replaced });
          const run = {
            format,
            characters,
            words,
            file: Buffer.from(done.bytes).toString('base64'),
          };
          const whose = { vault: schema, owner: call.guest.subject.id };
          return { run_id: await keepRun(call.room, whose, run) };
        } finally {
          leave();
        }
      },
    }),
  ),
  vaultRoute({
    method: 'GET',
    path: '/v1/detect/runs/:run',
    operation: 'getRun',
    need: POLICY,
    summary: 'Give what came of a file, to who sent it, for 15 minutes',
    params: z.object({ run: z.string().max(64) }),
    query: z.object({ vault_id: z.string().min(1).max(200) }),
    answers: runShape,
    handle: async (call) => {
      const { schema } = await call.open(call.query.vault_id);
      const whose = { vault: schema, owner: call.guest.subject.id };
      return shown(call.params.run, await runOf(call.room, whose, call.params.run));
    },
  }),
];
