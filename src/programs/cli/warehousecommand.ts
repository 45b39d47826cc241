import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf, readAuthority } from './line.ts';
import { listed, said, shown } from './output.ts';
import { readSecret } from './secretinput.ts';
import { printable } from './style.ts';
import { pairs } from './table.ts';
import { confirm } from './usercommand.ts';
import { elementarySql, warehouseSql } from './warehousesql.ts';

const PLANE_FLAG: Flag = ['--plane <name>', 'which plane, when there are several'];
const planeOption = z.object({ plane: z.string().optional() });

const warehouseShape = z.object({
  name: z.string(),
  engine: z.string(),
  place: z.string(),
  results: z.string(),
  mode: z.string(),
  collectorRole: z.string().nullable(),
  readerRole: z.string().nullable(),
  state: z.string(),
  fault: z.string().nullable(),
  lookedAt: z.string().nullable(),
});
type Warehouse = z.infer<typeof warehouseShape>;

const registerOptions = planeOption.extend({
  connection: z.string().optional(),
  path: z.string().optional(),
  passwordFile: z.string().optional(),
  password: z.boolean().default(true),
  ca: z.string().optional(),
  results: z.string().optional(),
  elementary: z.string().optional(),
  reader: z.string().optional(),
  readerPasswordFile: z.string().optional(),
});
type RegisterOptions = z.infer<typeof registerOptions>;

/** `privet observe warehouse …`: the databases that are watched, and the roles they are watched through. */
export function addWarehouses(cli: Cli, observe: Command): void {
  const warehouse = branch(observe, 'warehouse', 'databases that are watched: sql, register, list');
  addSql(cli, warehouse);
  addRegister(cli, warehouse);
  addList(cli, warehouse);
  addShow(cli, warehouse);
  addSync(cli, warehouse);
  addForget(cli, warehouse);
}

function addSync(cli: Cli, warehouse: Command): void {
  leaf(cli, warehouse, {
    name: 'sync <name>',
    summary: 'tell control what a warehouse has to tell, before its hour',
    flags: [PLANE_FLAG],
    options: planeOption,
    examples: ['privet observe warehouse sync shop'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const plane = await cli.lines().plane(options.plane);
      await plane.tell({ method: 'POST', path: pathOf('observe', 'warehouses', name, 'sync') });
      return said(`${printable(name)} is read as soon as it is free`);
    },
  });
}

function addSql(cli: Cli, warehouse: Command): void {
  leaf(cli, warehouse, {
    name: 'sql <name>',
    summary:
      'print the SQL that makes the roles and the schema of a warehouse, for its owner to run',
    details:
      'The collecting role reads the tables named and writes one schema. With --reader a second role reads the views of that\n' +
      'schema alone. Privet asks the server what each role can reach and refuses one that can reach more.',
    flags: [
      ['--results <schema>', 'schema the results go to; privet_observe without it'],
      ['--table <schema.table>', 'a table to watch', 'many'],
      ['--schema <schema>', 'watch every table of this schema', 'many'],
      ['--reader', 'make a role that only reads the results, too'],
      ['--elementary <schema>', 'a role that only reads this schema of the Elementary dbt package'],
    ],
    options: z.object({
      results: z.string().default('privet_observe'),
      table: z.array(z.string().regex(/^[^.]+\.[^.]+$/u)).default([]),
      schema: z.array(z.string()).default([]),
      reader: z.boolean().default(false),
      elementary: z.string().optional(),
    }),
    examples: ['privet observe warehouse sql shop --table public.orders --reader'],
    run: async ({ args, options }) => {
      const { results, table: tables, schema: schemas, reader, elementary } = options;
      const name = argument({ args }, 0);
      const sql =
        elementary === undefined
          ? warehouseSql({ name, results, tables, schemas, reader })
          : elementarySql(name, elementary);
      return shown({ sql }, () => sql);
    },
  });
}

function addRegister(cli: Cli, warehouse: Command): void {
  leaf(cli, warehouse, {
    name: 'register <name>',
    summary: 'register a database to be watched; name it as the system it is, when it is one',
    details:
      'Passwords are asked for, or read from files or PRIVET_WAREHOUSE_PASSWORD and PRIVET_READER_PASSWORD; they go to the\n' +
      'plane and are sealed there. A role that can reach more than it needs is refused.',
    flags: [
      ['--connection <url>', 'postgresql://privet_collect_…@host:port/database, without password'],
      ['--path <file>', 'a DuckDB file, in the directory the plane allows'],
      [
        '--password-file <file>',
        'file with the password of the collecting role; `-` reads standard input',
      ],
      ['--no-password', 'the server asks for none'],
      ['--ca <file>', 'certificates of the authorities to believe for the database'],
      ['--results <schema>', 'schema the results go to; privet_observe without it'],
      [
        '--elementary <schema>',
        'read this schema of the Elementary dbt package instead of measuring',
      ],
      ['--reader <role>', 'role that reads the results, and nothing else'],
      ['--reader-password-file <file>', 'file with its password'],
      PLANE_FLAG,
    ],
    options: registerOptions,
    examples: [
      'privet observe warehouse register shop --connection postgresql://privet_collect_shop@db.example/shop?sslmode=verify-full',
    ],
    run: async ({ cli, args, options }) => {
      const body = { name: argument({ args }, 0), ...(await registerBody(cli, options)) };
      const plane = await cli.lines().plane(options.plane);
      const call = { method: 'POST', path: pathOf('observe', 'warehouses'), body } as const;
      const made = await cli.waiting(
        'looking at what its roles can reach',
        plane.ask(call, warehouseShape),
      );
      return said(
        `${printable(made.name)} is watched: ${printable(made.place)}, ${made.mode}`,
        made,
      );
    },
  });
}

async function registerBody(cli: Cli, options: RegisterOptions) {
  const { connection = null, path = null, results = null, ca, reader } = options;
  if ((connection === null) === (path === null)) {
    throw new Problem('invalid', 'expected either `--connection` or `--path`');
  }
  const secretOf = async (label: string, variable: string, file: string | undefined) =>
    (await readSecret(cli.terminal, { label, variable, file })).reveal();
  const asks = connection !== null && options.password;
  const password = asks
    ? await secretOf(
        'password of the collecting role',
        'PRIVET_WAREHOUSE_PASSWORD',
        options.passwordFile,
      )
    : null;
  const readerPassword =
    reader !== undefined && options.password
      ? await secretOf(
          'password of the reading role',
          'PRIVET_READER_PASSWORD',
          options.readerPasswordFile,
        )
      : null;
  return {
    connection,
    path,
    results: options.elementary ?? results,
    elementary: options.elementary !== undefined,
    password,
    authorities: ca === undefined ? null : readAuthority(resolve(cli.terminal.directory, ca)),
    reader: reader === undefined ? null : { user: reader, password: readerPassword },
  };
}

function addList(cli: Cli, warehouse: Command): void {
  leaf(cli, warehouse, {
    name: 'list',
    summary: 'list the databases that are watched',
    flags: [PLANE_FLAG],
    options: planeOption,
    examples: ['privet observe warehouse list'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(warehouseShape) });
      const { items } = await plane.ask(
        { method: 'GET', path: pathOf('observe', 'warehouses') },
        shape,
      );
      return listed(
        (style) => [
          {
            title: 'warehouse',
            cell: (one: Warehouse) => one.name,
            mark: (text) => style.bold(text),
          },
          {
            title: 'state',
            cell: (one) => one.fault ?? one.state,
            mark: (text, one) => (one.state === 'ok' ? style.green(text) : style.yellow(text)),
          },
          { title: 'engine', cell: (one) => one.engine },
          { title: 'place', cell: (one) => one.place },
          { title: 'mode', cell: (one) => one.mode },
          { title: 'looked at', cell: (one) => one.lookedAt },
        ],
        items,
        'nothing is watched; `privet observe warehouse register` begins that',
      );
    },
  });
}

function addShow(cli: Cli, warehouse: Command): void {
  leaf(cli, warehouse, {
    name: 'show <name>',
    summary: 'show a database that is watched',
    flags: [PLANE_FLAG],
    options: planeOption,
    examples: ['privet observe warehouse show shop'],
    run: async ({ cli, args, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const path = pathOf('observe', 'warehouses', argument({ args }, 0));
      const found = await plane.ask({ method: 'GET', path }, warehouseShape);
      const rows = Object.entries(found).map(([key, value]) => [key, value ?? '–'] as const);
      return shown(found, (style) => pairs(rows, style));
    },
  });
}

function addForget(cli: Cli, warehouse: Command): void {
  leaf(cli, warehouse, {
    name: 'forget <name>',
    summary: 'stop watching a database; its monitors go, its results stay in it',
    flags: [['--yes', 'do not ask'], PLANE_FLAG],
    options: planeOption.extend({ yes: z.boolean().optional() }),
    examples: ['privet observe warehouse forget shop --yes'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      await confirm(cli, `stop watching ${printable(name)}?`, options.yes === true);
      const plane = await cli.lines().plane(options.plane);
      await plane.tell({ method: 'DELETE', path: pathOf('observe', 'warehouses', name) });
      return said(`${printable(name)} is watched no more`);
    },
  });
}
