import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, leaf } from './leaf.ts';
import type { Cli, LeafCall } from './leaf.ts';
import { said, shown } from './output.ts';
import type { Output } from './output.ts';
import { readSecret } from './secretinput.ts';
import { printable } from './style.ts';
import { unreadable } from './unreadable.ts';
import { confirm } from './usercommand.ts';
import { fieldsTable } from './vaultfields.ts';
import { headersOf, openVaultLine, PLANE, planeOptions } from './vaultline.ts';
import { reasons, REASONS, redaction, REDACTION, vaultPath } from './vaultline.ts';
import { DETOKENISE_FILE, detokeniseFile, detokeniseFileOptions } from './vaultstreamcommand.ts';

/** What is in a vault: put in, get, detokenise, delete, forget. */
export function addVaultRecords(cli: Cli, vault: Command): void {
  addInsert(cli, vault);
  addGet(cli, vault);
  addDetokenise(cli, vault);
  addDelete(cli, vault);
  addForget(cli, vault);
}

const written = z.object({
  records: z.array(
    z.object({ skyflow_id: z.string(), tokens: z.record(z.string(), z.string()).nullable() }),
  ),
});

function addInsert(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'insert <vault> <table>',
    summary: 'insert records, and get their tokens',
    details:
      'Records are JSON: one object of fields, or a list of them. They come from a file or standard input, never from the\n' +
      'command line, which every user of the machine can read.',
    flags: [
      ['--file <file>', 'file with the records; standard input when left out'],
      ['--upsert <column>', 'change the record that has the value of this unique column already'],
      PLANE,
    ],
    options: planeOptions.extend({ file: z.string().optional(), upsert: z.string().optional() }),
    examples: [
      'privet vault insert crm persons --file ./person.json',
      'privet vault insert crm persons < persons.json',
    ],
    run: async (call) => {
      const records = recordsIn(await inputOf(call.cli, call.options.file));
      const { plane, vault: id } = await openVaultLine(call);
      const body = {
        records: records.map((fields) => ({ fields })),
        tokenization: true,
        upsert: call.options.upsert,
      };
      const path = vaultPath('vaults', id, argument(call, 1));
      return jsonOutput(await plane.ask({ method: 'POST', path, body }, written));
    },
  });
}

async function inputOf(cli: Cli, file: string | undefined): Promise<string> {
  if (file === undefined || file === '-') return cli.terminal.input();
  try {
    return readFileSync(resolve(cli.terminal.directory, file), 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

const fieldsShape = z.record(z.string(), z.unknown());

function recordsIn(text: string): readonly Readonly<Record<string, unknown>>[] {
  const parsed = z.union([fieldsShape, z.array(fieldsShape).min(1)]).safeParse(jsonIn(text));
  if (parsed.success) return [parsed.data].flat();
  throw new Problem('invalid', 'records expected JSON: an object of fields, or a list of them');
}

/** Throws `invalid` with where it breaks off; the parser's own message quotes the text. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    const at = /position (?<at>\d+)/u.exec(thrown instanceof Error ? thrown.message : '')?.groups;
    const before = text.slice(0, at === undefined ? text.length : Number(at['at'])).split('\n');
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    throw new Problem('invalid', `records expected JSON, and it breaks off at ${place}`);
  }
}

/** Data for people as for programs: records have no one shape. */
function jsonOutput(value: unknown): Output {
  return shown(value, () => `${JSON.stringify(value, null, 2)}\n`);
}

function addGet(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'get <vault> <table> [ids...]',
    summary: 'get records by ids, or the first ones of a table, as far as policy shows them',
    flags: [
      REDACTION,
      ['--show <what>', 'values (default) or tokens'],
      ['--limit <n>', 'how many, when no ids are given'],
      ...REASONS,
      PLANE,
    ],
    options: planeOptions.extend({
      redaction,
      show: z.enum(['values', 'tokens']).default('values'),
      limit: z.coerce.number().int().min(1).max(5_000).default(25),
      ...reasons,
    }),
    examples: [
      'privet vault get crm persons',
      'privet vault get crm persons 018f… --redaction MASKED',
    ],
    run: async (call) => {
      const { options } = call;
      const { plane, vault: id } = await openVaultLine(call);
      const [, table = '', ...ids] = call.args;
      const query = new URLSearchParams(ids.map((one): [string, string] => ['skyflow_ids', one]));
      if (options.show === 'tokens') query.set('tokenization', 'true');
      else query.set('redaction', options.redaction);
      if (ids.length === 0) query.set('limit', String(options.limit));
      const path = `${vaultPath('vaults', id, table)}?${query.toString()}`;
      const shape = z.object({ records: z.array(z.object({ fields: fieldsShape })) });
      const got = await plane.ask({ method: 'GET', path, headers: headersOf(options) }, shape);
      const records = got.records.map(({ fields }) => fields);
      return fieldsTable(records, 'no record shows anything to you');
    },
  });
}

const revealed = z.object({
  records: z.array(
    z.object({
      token: z.string(),
      valueType: z.string(),
      value: z.string(),
      error: z.string().nullable(),
    }),
  ),
});

function addDetokenise(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'detokenise <vault> [tokens...]',
    summary: 'get the values behind tokens, as far as policy shows them',
    details:
      'Tokens stand on the command line, or one on each line of standard input. With `--file` and `--out`: the rows of a file come\n' +
      'back with values in place of tokens; a token that cannot be had gives none, and its row says why in `privet_error`.',
    flags: [...DETOKENISE_FILE, REDACTION, ...REASONS, PLANE],
    options: planeOptions.extend({ ...detokeniseFileOptions, redaction, ...reasons }),
    examples: [
      'privet vault detokenise crm 0f2c… --redaction PLAIN_TEXT --purpose support',
      'privet vault detokenise crm < tokens.txt',
      'privet vault detokenise crm --file tokens.csv --out people.csv --columns name,mail',
    ],
    run: async (call) => {
      const { options } = call;
      const [, ...given] = call.args;
      if (options.file !== undefined) return detokeniseFile(call);
      const tokens = given.length > 0 ? given : linesOf(await call.cli.terminal.input());
      const { plane, vault: id } = await openVaultLine(call);
      const body = {
        detokenizationParameters: tokens.map((token) => ({ token, redaction: options.redaction })),
      };
      const path = vaultPath('vaults', id, 'detokenize');
      const ask = { method: 'POST', path, body, headers: headersOf(options) } as const;
      const { records } = await plane.ask(ask, revealed);
      return shown(records, (style) =>
        records
          .map(
            ({ token, value, error }) =>
              `${style.dim(printable(token))}  ${error === null ? printable(value) : style.yellow(printable(error))}\n`,
          )
          .join(''),
      );
    },
  });
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/u).filter((line) => line !== '');
}

function addDelete(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'delete <vault> <table> <ids...>',
    summary: 'delete records with their tokens',
    flags: [['--yes', 'do not ask'], PLANE],
    options: planeOptions.extend({ yes: z.boolean().default(false) }),
    examples: ['privet vault delete crm persons 018f…'],
    run: async (call) => {
      const [, table = '', ...ids] = call.args;
      await confirm(call.cli, `Delete ${ids.length} records of ${table}?`, call.options.yes);
      const { plane, vault: id } = await openVaultLine(call);
      const path = vaultPath('vaults', id, table);
      const shape = z.object({ RecordIDResponse: z.array(z.string()) });
      const body = { skyflow_ids: ids };
      const { RecordIDResponse: gone } = await plane.ask({ method: 'DELETE', path, body }, shape);
      return said(`deleted ${gone.length} of ${ids.length}`, gone);
    },
  });
}

const receiptShape = z.object({
  records: z.number(),
  tokens: z.number(),
  files: z.number(),
  leaf: z.number(),
  subject: z.string(),
});

function addForget(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'forget <vault> <table>',
    summary: 'forget a person: destroy the key of everything of theirs',
    details:
      'What names the person (a value of the subject column) is asked for, or read from a file or PRIVET_VAULT_SUBJECT.\n' +
      'Records, files and backups of theirs can never be read again; the receipt names the leaf of the ledger.',
    flags: [
      ['--subject-file <file>', 'file with what names the person; `-` reads standard input'],
      ['--yes', 'do not ask'],
      PLANE,
    ],
    options: planeOptions.extend({
      subjectFile: z.string().optional(),
      yes: z.boolean().default(false),
    }),
    examples: [
      'privet vault forget crm persons',
      'privet vault forget crm persons --subject-file ./who --yes',
    ],
    run: (call) => forget(call),
  });
}

async function forget(
  call: LeafCall<{ plane?: string | undefined; subjectFile?: string | undefined; yes: boolean }>,
): Promise<Output> {
  const subject = await readSecret(call.cli.terminal, {
    label: 'What names the person',
    file: call.options.subjectFile,
    variable: 'PRIVET_VAULT_SUBJECT',
  });
  await confirm(call.cli, 'Forget this person for ever?', call.options.yes);
  const { plane, vault } = await openVaultLine(call);
  const path = vaultPath('vaults', vault, argument(call, 1), 'forget');
  const body = { subject: subject.reveal() };
  const receipt = await plane.ask({ method: 'POST', path, body }, receiptShape);
  const { records, tokens, files, leaf: index } = receipt;
  return said(
    `forgotten: ${records} records, ${tokens} tokens, ${files} files; leaf ${index} of the ledger is the receipt`,
    receipt,
  );
}
