import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { listed, shown } from './output.ts';
import { unreadable } from './unreadable.ts';
import { headersOf, openVaultLine, PLANE, planeOptions } from './vaultline.ts';
import { reasons, REASONS, vaultPath } from './vaultline.ts';

const FILE: Flag = ['--file <file>', 'file with the text; standard input when left out'];
const TOKEN_KINDS = {
  kind: 'entity_only',
  number: 'entity_unq_counter',
  token: 'vault_token',
} as const;
const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((word) => word !== ''));

const deidentified = z.looseObject({
  processed_text: z.string(),
  entities: z.array(z.looseObject({ entity_type: z.string() })),
});
const reidentified = z.looseObject({ text: z.string(), tokens_left: z.number() });

/** `privet detect …`: what is sensitive in texts, out and back in. */
export function addDetect(cli: Cli, program: Command): void {
  const detect = branch(
    program,
    'detect',
    'find what is sensitive in texts: replace it, put it back',
  );
  addText(cli, detect);
  addRestore(cli, detect);
  addKinds(cli, detect);
}

function addText(cli: Cli, detect: Command): void {
  leaf(cli, detect, {
    name: 'text <vault>',
    summary: 'write a text with what was found in it replaced',
    details:
      'The text comes from a file or standard input, never from the command line, which every user of the machine can read.\n' +
      'Only the kinds that are named are looked for; names of people and places cannot be found (`privet detect kinds`).',
    flags: [
      ['--kinds <list>', 'kinds to look for, with commas'],
      ['--show <what>', 'what stands in their place: kind, number (default) or token of the vault'],
      ['--keep <regex>', 'RE2: what it matches in is left as it is', 'many'],
      ['--restrict <regex>', 'RE2: what it matches becomes [RESTRICTED]', 'many'],
      FILE,
      ...REASONS,
      PLANE,
    ],
    options: planeOptions.extend({
      kinds: list,
      show: z.enum(['kind', 'number', 'token']).default('number'),
      keep: z.array(z.string()).optional(),
      restrict: z.array(z.string()).optional(),
      file: z.string().optional(),
      ...reasons,
    }),
    examples: [
      'privet detect text crm --kinds ssn,email_address < ticket.txt',
      'privet detect text crm --kinds ssn --show token --file ./ticket.txt --json',
    ],
    run: async (call) => {
      const { options } = call;
      const text = await textOf(call.cli, options.file);
      const { plane, vault } = await openVaultLine(call);
      const body = {
        vault_id: vault,
        text,
        entity_types: options.kinds,
        token_type: { default: TOKEN_KINDS[options.show] },
        allow_regex: options.keep,
        restrict_regex: options.restrict,
      };
      const path = vaultPath('detect', 'deidentify', 'string');
      const ask = { method: 'POST', path, body, headers: headersOf(options) } as const;
      const done = await plane.ask(ask, deidentified);
      const counts = Map.groupBy(done.entities, (one) => one.entity_type.toLowerCase());
      const told = [...counts].map(([kind, all]) => `${kind} ${all.length}`);
      return {
        ...shown(done, () => done.processed_text),
        note: (style) =>
          style.dim(`replaced: ${told.length === 0 ? 'nothing' : told.join(', ')}\n`),
      };
    },
  });
}

function addRestore(cli: Cli, detect: Command): void {
  leaf(cli, detect, {
    name: 'restore <vault>',
    summary: 'write a text with values in place of its tokens, as far as policy shows them',
    flags: [
      ['--plain <list>', 'kinds asked for as they are, with commas; all when no list is given'],
      ['--masked <list>', 'kinds asked for masked'],
      ['--redacted <list>', 'kinds asked for redacted'],
      FILE,
      ...REASONS,
      PLANE,
    ],
    options: planeOptions.extend({
      plain: list,
      masked: list,
      redacted: list,
      file: z.string().optional(),
      ...reasons,
    }),
    examples: [
      'privet detect restore crm < ticket.safe.txt',
      'privet detect restore crm --masked ssn --purpose support --file ./ticket.safe.txt',
    ],
    run: async (call) => {
      const { plain, masked, redacted, file } = call.options;
      const text = await textOf(call.cli, file);
      const { plane, vault } = await openVaultLine(call);
      const body = { vault_id: vault, text, format: { plaintext: plain, masked, redacted } };
      const path = vaultPath('detect', 'reidentify', 'string');
      const ask = { method: 'POST', path, body, headers: headersOf(call.options) } as const;
      const done = await plane.ask(ask, reidentified);
      const left = done.tokens_left;
      return {
        ...shown(done, () => done.text),
        note: (style) => (left === 0 ? '' : style.dim(`tokens left as they are: ${left}\n`)),
      };
    },
  });
}

function addKinds(cli: Cli, detect: Command): void {
  leaf(cli, detect, {
    name: 'kinds',
    summary: 'list the kinds of things that can be found in texts',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet detect kinds'],
    run: async (call) => {
      const plane = await call.cli.lines().plane(call.options.plane);
      const shape = z.object({ entity_types: z.array(z.string()) });
      const path = vaultPath('detect', 'entities');
      const { entity_types: kinds } = await plane.ask({ method: 'GET', path }, shape);
      return listed(() => [{ title: 'kind', cell: (kind: string) => kind }], kinds, 'none');
    },
  });
}

async function textOf(cli: Cli, file: string | undefined): Promise<string> {
  if (file === undefined || file === '-') return cli.terminal.input();
  try {
    return readFileSync(resolve(cli.terminal.directory, file), 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}
