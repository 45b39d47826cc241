/**
 * Streams of rows over HTTPS, in each format: values to tokens, and tokens back to values, as one stream each, against a plane that
 * runs, or one that it starts. CPU is that of the plane's process with all its threads, where it is on this machine. `--help` says how.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createArrowWriter, TEXT } from '#engines/arrow';
import type { ArrowField } from '#engines/arrow';
import { csvLine } from '#engines/tabular';
import { eventually, openInstallation } from '../test/compat/installation.ts';
import type { Answer } from '../test/compat/installation.ts';

const HELP = `usage: node bench/vaultbulk.ts [--rows n] [--url https://… --ca file --credentials ./account.json --vault vlt_… --table name]

  --rows n           of each stream (20000)
  --url url          the plane; without it, one is started with a vault of its own
  --ca file          the authority its certificate is by (.privet/tls/ca.pem)
  --credentials file what \`privet vault account create --api-key\` wrote
  --vault id         a vault made for this: records stay in it
  --table name       with columns person, name and email that have tokens (customers)
  --pid n            the plane's process, where it runs on this machine: its CPU is told

The account needs CREATE, TOKENIZATION and DETOKENIZATION on the table, and no budget below what this asks for.`;

const { values: asked } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    url: { type: 'string' },
    ca: { type: 'string', default: '.privet/tls/ca.pem' },
    credentials: { type: 'string', default: '' },
    vault: { type: 'string', default: '' },
    table: { type: 'string', default: 'customers' },
    pid: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (asked.help) {
  console.log(HELP);
  process.exit(0);
}
const ROWS = Number(asked.rows);
/** Rows of a batch of Arrow, as pyarrow is told to write them. */
const CHUNK = 10_000;
/** A clock tick of Linux, as /proc counts CPU time. */
const TICK_US = 10_000;
const KEPT = ['person', 'name', 'email'] as const;

type Plane = {
  readonly url: string;
  readonly ca: string;
  readonly apiKey: string;
  readonly vault: string;
  readonly table: string;
  /** Null where the plane is on another machine. */
  readonly pid: number | null;
  readonly stop: () => Promise<void>;
};

async function startedPlane(): Promise<Plane> {
  const up = await openInstallation();
  const columns = KEPT.map((name) => ({
    name,
    type: 'string',
    tokens: [{ shape: { kind: 'uuid' } }],
  }));
  const tables = [{ name: 'customers', columns }];
  const { ID: vault } = await up.plane('POST', '/v1/vaults', { name: 'bulk', tables });
  const owner = await eventually(async () => {
    const { roles } = await up.control('GET', `/v1/roles?resource.ID=${vault}`);
    return roles.find((one: Answer) => one.definition.name === 'VAULT_OWNER').ID;
  });
  const { apiKey, clientID } = await up.control('POST', '/v1/serviceAccounts', {
    serviceAccount: { name: 'bulk.loader' },
    apiKey: true,
  });
  const members = [{ ID: clientID, type: 'SERVICE_ACCOUNT' }];
  await up.control('POST', '/v1/roles/assign', { ID: owner, members });
  const port = new URL(up.planeUrl).port;
  const pids = execFileSync('pgrep', ['-f', 'plane/main.ts'])
    .toString()
    .trim()
    .split('\n')
    .map(Number);
  const pid = pids.find((one) =>
    readFileSync(`/proc/${one}/environ`).toString().includes(`:${port}`),
  );
  const ca = readFileSync(up.authorityFile, 'utf8');
  const stop = () => up.stop();
  return { url: up.planeUrl, ca, apiKey, vault, table: 'customers', pid: pid ?? null, stop };
}

function givenPlane(url: string): Plane {
  const { apiKey = '' } = JSON.parse(readFileSync(asked.credentials, 'utf8')) as {
    apiKey?: string;
  };
  return {
    url,
    ca: readFileSync(asked.ca, 'utf8'),
    apiKey,
    vault: asked.vault,
    table: asked.table,
    pid: asked.pid === undefined ? null : Number(asked.pid),
    stop: async () => undefined,
  };
}

const plane = asked.url === undefined ? await startedPlane() : givenPlane(asked.url);

/** CPU of the plane so far, in microseconds; null where it is not known. */
function planeUs(): number | null {
  if (plane.pid === null) return null;
  const [, rest = ''] = readFileSync(`/proc/${plane.pid}/stat`, 'utf8').split(') ');
  const fields = rest.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

async function stream(path: string, media: string, body: Buffer): Promise<Buffer> {
  const call = request(new URL(`/v1/vaults/${plane.vault}/${path}`, plane.url), {
    method: 'POST',
    ca: plane.ca,
    headers: {
      authorization: `Bearer ${plane.apiKey}`,
      'content-type': media,
      'idempotency-key': `bench-${Date.now()}`,
    },
  });
  call.end(body);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  const bytes = Buffer.concat(pieces);
  if (answer.statusCode !== 200 || bytes.includes('stopped: '))
    throw new Error(`${path} answered ${answer.statusCode}: ${bytes.subarray(-300).toString()}`);
  return bytes;
}

const people = Array.from({ length: ROWS }, (_, i) => ({
  id: i,
  person: `person-${i}`,
  name: `Example Person ${i}`,
  email: `person.${i}@example.invalid`,
}));
const NAMES = ['id', ...KEPT] as const;
const FIELDS: readonly ArrowField[] = NAMES.map((name) => ({
  name,
  type: name === 'id' ? { kind: 'int', bits: 64, signed: true } : TEXT,
  dictionary: null,
}));

function arrowBytes(): Buffer {
  const writer = createArrowWriter(FIELDS);
  const chunks = Array.from({ length: Math.ceil(ROWS / CHUNK) }, (_, i) => {
    const some = people.slice(i * CHUNK, (i + 1) * CHUNK);
    return writer.batch(NAMES.map((name) => some.map((one) => one[name])));
  });
  return Buffer.concat([writer.schema(), ...chunks, writer.end()]);
}

const FORMATS: readonly (readonly [name: string, media: string, body: () => Buffer])[] = [
  [
    'NDJSON',
    'application/x-ndjson',
    () => Buffer.from(people.map((one) => `${JSON.stringify(one)}\n`).join('')),
  ],
  [
    'CSV',
    'text/csv',
    () =>
      Buffer.from(
        [[...NAMES], ...people.map((one) => NAMES.map((name) => String(one[name])))]
          .map(csvLine)
          .join(''),
      ),
  ],
  ['Arrow', 'application/vnd.apache.arrow.stream', arrowBytes],
];

const kept = KEPT.map((name) => `columns=${name}`).join('&');
const lines: string[] = [];

async function measured(what: string, act: () => Promise<Buffer>): Promise<Buffer> {
  const [startMs, startUs] = [performance.now(), planeUs()];
  const bytes = await act();
  const seconds = (performance.now() - startMs) / 1_000;
  const us = startUs === null ? null : ((planeUs() ?? 0) - startUs) / ROWS;
  const cells = [
    what,
    Math.round(ROWS / seconds).toLocaleString('en'),
    us === null ? '' : us.toFixed(0),
  ];
  lines.push(`| ${[...cells, (bytes.length / 1e6).toFixed(1)].join(' | ')} |`);
  return bytes;
}

try {
  // The first stream of a process compiles what all of them use; a plane that has just begun may not know the account yet.
  const [, media = '', body] = FORMATS[0] ?? [];
  const few = body?.().subarray(0, 2_000) ?? Buffer.alloc(0);
  const warm = few.subarray(0, few.lastIndexOf('\n') + 1);
  await eventually(() => stream(`${plane.table}/tokenize/stream?${kept}`, media, warm));
  for (const [name, media, body] of FORMATS) {
    const given = body();
    const tokens = await measured(`${name} to tokens`, () =>
      stream(`${plane.table}/tokenize/stream?${kept}`, media, given),
    );
    await measured(`${name} to values`, () =>
      stream(`detokenize/stream?${kept}&redaction=PLAIN_TEXT`, media, tokens),
    );
  }
} finally {
  await plane.stop();
}
console.log(
  `| ${ROWS.toLocaleString('en')} rows of ${KEPT.length} values | rows/s | plane, CPU µs a row | answer, MB |`,
);
console.log('| --- | ---: | ---: | ---: |');
console.log(lines.join('\n'));
