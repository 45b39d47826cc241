import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { databaseProblem } from '#platform/db';
import { bytesShape, mountRoute } from '#platform/http';
import type { HttpServer } from '#platform/http';
import { requireAny } from '#plane/vault';
import type { OpenFile, Vaults } from '#plane/vault';
import { fileBehind, LINK_CHARACTERS_MAX, LINK_SECONDS, linkTo } from './filelinks.ts';
import type { VaultRoom } from '../room.ts';
import { POLICY, vaultRoute } from '../route.ts';
import type { VaultCall } from '../route.ts';
import { requireTable, recordParams, vaultParams, word } from '../shape.ts';
import { readUpload } from './upload.ts';
import type { Upload } from './upload.ts';

const FORM = ['multipart/form-data'];
const BYTES = 'application/octet-stream';
/** Links are opened by people: a page of pictures has some hundred. */
const LINKS_PER_MINUTE_MAX = 1_200;

const TO_WRITE = 'files here are not yours to write';

const fileParams = recordParams.extend({ column: word });
type FileParams = z.output<typeof fileParams>;
type Call<P> = VaultCall<P, unknown, unknown>;

const metadata = z.object({
  name: z.string(),
  type: z.string().describe('from the content'),
  sizeBytes: z.number(),
  version: z.number().describe('of the record'),
});

export const fileRoutes = [
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/:table/:id/files',
    operation: 'uploadFile',
    need: POLICY,
    summary: 'Put a file into a column of a record: a form with `columnName` and `file`',
    params: recordParams,
    takes: FORM,
    answers: z.object({ skyflow_id: z.string(), tokens: z.null() }),
    handle: async (call) => {
      const { table, id: record } = call.params;
      const { record: skyflow_id } = await readUpload(call, {
        async admit() {
          const { schema, rulings } = await call.open(call.params.vault);
          requireAny([rulings.for('update')(requireTable(schema, table))], TO_WRITE);
        },
        isEnough: (fields) => fields.has('columnName'),
        store: (upload) =>
          store(call, upload, { table, record, column: field(upload, 'columnName') }),
      });
      return { skyflow_id, tokens: null };
    },
  }),
  vaultRoute({
    method: 'POST',
    path: '/v2/vaults/:vault/files/upload',
    operation: 'uploadFileV2',
    need: POLICY,
    summary:
      'Put a file into a record, or into a new one: a form with `tableName`, `columnName`, `file`, and `skyflowID` and `returnFileMetadata` if wanted',
    params: vaultParams,
    takes: FORM,
    answers: z.object({ skyflowID: z.string(), fileMetadata: metadata.nullable() }),
    handle: async (call) => {
      const { record, told } = await readUpload(call, {
        async admit() {
          const { schema, rulings } = await call.open(call.params.vault);
          const some = (['insert', 'update'] as const).map((operation) => rulings.for(operation));
          requireAny(
            schema.tables.flatMap((table) => some.map((ruling) => ruling(table))),
            TO_WRITE,
          );
        },
        // Without an id it is for a new record: that is known only when the form is over.
        isEnough: (fields) =>
          ['tableName', 'columnName', 'skyflowID'].every((name) => fields.has(name)),
        async store(upload) {
          const table = field(upload, 'tableName');
          const column = field(upload, 'columnName');
          const id = upload.fields.get('skyflowID') || null;
          const { record: skyflowID, ...about } = await store(call, upload, {
            table,
            record: id,
            column,
          });
          return { record: skyflowID, told: { about, fields: upload.fields } };
        },
      });
      const isWanted = told.fields.get('returnFileMetadata') === 'true';
      return { skyflowID: record, fileMetadata: isWanted ? told.about : null };
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vaults/:vault/:table/:id/files/:column',
    operation: 'downloadFile',
    need: POLICY,
    summary: 'Give the file in a column of a record',
    params: fileParams,
    answers: bytesShape,
    media: BYTES,
    streams: true,
    handle: async (call) => {
      await sendFile(call.reply, await call.room.vaults.download(await wanted(call)));
      return new Uint8Array();
    },
  }),
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/:table/:id/files/:column/link',
    operation: 'linkFile',
    need: POLICY,
    summary: 'Make a link that gives the file to whoever has it, for a while',
    params: fileParams,
    body: z.object({
      ttlSeconds: z.number().int().min(1).max(3_600).default(LINK_SECONDS),
    }),
    answers: z.object({ url: z.string(), expiresAtMs: z.number() }),
    handle: async (call) => {
      const { ttlSeconds } = call.body;
      const expiresAtMs = call.room.clock() + ttlSeconds * 1_000;
      return { url: await linkTo(call, { ...(await wanted(call)), ttlSeconds }), expiresAtMs };
    },
  }),
  vaultRoute({
    method: 'DELETE',
    path: '/v1/vaults/:vault/:table/:id/files/:column',
    operation: 'deleteFile',
    need: POLICY,
    summary: 'Delete the file in a column of a record; the record stays',
    params: fileParams,
    answers: z.object({ skyflow_id: z.string(), deleted: z.literal(true) }),
    handle: async (call) => {
      const { schema, rulings } = await call.open(call.params.vault);
      const { table, id: record, column } = call.params;
      await call.room.vaults.removeFile({
        vault: schema.id,
        table,
        record,
        column,
        caller: call.caller,
        ruling: rulings.for('update'),
        read: rulings.for('read'),
      });
      return { skyflow_id: record, deleted: true as const };
    },
  }),
];

/** Adds the route behind links: whoever has one needs nothing else. */
export function mountLinkRoute(server: HttpServer, room: VaultRoom): void {
  type Query = { readonly link: string };
  mountRoute<null, { vault: string }, Query, unknown, Uint8Array>(server, {
    shape: {
      method: 'GET',
      path: '/v1/vaults/:vault/files',
      prefix: '',
      perMinute: LINKS_PER_MINUTE_MAX,
      operation: 'openFileLink',
      area: 'vault',
      summary: 'Give the file behind a link',
      params: vaultParams,
      query: z.object({ link: z.string().min(1).max(LINK_CHARACTERS_MAX) }),
      answers: bytesShape,
      media: BYTES,
      streams: true,
    },
    credential: 'none',
    need: 'needs a link that was made for the file by whoever may still see it, and has not expired',
    admit: async () => null,
    handle: async ({ params, query, reply, request }) => {
      await sendFile(reply, await fileBehind(room, { ...params, ...query }, request));
      return new Uint8Array();
    },
    problemOf: databaseProblem,
  });
}

/** The file a call means, with what is decided about it. */
async function wanted(call: Call<FileParams>): Promise<Parameters<Vaults['download']>[0]> {
  const { schema, rulings } = await call.open(call.params.vault);
  const { table, id: record, column } = call.params;
  const budget = rulings.budget('read', [requireTable(schema, table)]);
  const told = { caller: call.caller, ruling: rulings.for('read'), budget };
  return { vault: schema.id, table, record, column, ...told };
}

type Place = {
  readonly table: string;
  readonly record: string | null;
  readonly column: string;
};

async function store(call: Call<{ vault: string }>, { name, content }: Upload, place: Place) {
  const { schema, rulings } = await call.open(call.params.vault);
  const ruling = rulings.for(place.record === null ? 'insert' : 'update');
  const told = { caller: call.caller, ruling, read: rulings.for('read') };
  return call.room.vaults.upload({ vault: schema.id, ...place, ...told, name, content });
}

function field({ fields }: Upload, name: string): string {
  const text = fields.get(name) ?? '';
  if (text !== '') return text;
  throw new Problem('invalid', `the form expected a field \`${name}\``);
}

/**
 * Sends a file so that a browser saves it and shows it nowhere. What is found out on the way, that it is not what was
 * uploaded, ends the connection: the answer is never whole then.
 */
async function sendFile(
  reply: FastifyReply,
  { name, type, sizeBytes, content }: OpenFile,
): Promise<void> {
  const plain = name.replaceAll(/[^\w.-]/gu, '_');
  await reply
    .type(type)
    .header('content-length', sizeBytes)
    .header(
      'content-disposition',
      `attachment; filename="${plain}"; filename*=UTF-8''${encodeRfc5987(name)}`,
    )
    .send(Readable.from(content, { objectMode: false }));
}

/** RFC 5987 §3.2.1 allows fewer characters than URLs do. */
function encodeRfc5987(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /['()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
