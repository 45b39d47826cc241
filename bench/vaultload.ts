/**
 * Load on a vault of a running plane, over HTTPS as an application sends it: batches of inserts, single detokenises at a fixed
 * rate, and tokens as one stream of NDJSON. It writes records that stay there: use a vault made for it. `--help` says how.
 */
import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { openMeter, tableOf } from './meter.ts';

const ROW = '{"person":"load-{i}","name":"Load Person {i}","email":"load.{i}@example.invalid"}';
const HELP = `usage: node bench/vaultload.ts --url https://… --vault vlt_… --credentials ./credentials.json [options]

  --url url          the plane
  --ca file          the authority its certificate is by (.privet/tls/ca.pem)
  --credentials file what \`privet vault account create\` wrote
  --vault id         a vault made for this: records stay in it
  --table name       of the records (customers)
  --row json         a record; {i} becomes a number that differs each time
                     (${ROW})
  --batch n          records a call (500)
  --lanes n          calls at once (4)
  --rate n           single detokenises a second (500)
  --seconds n        of inserting, and of single detokenises (10)

The account needs CREATE, TOKENIZATION and DETOKENIZATION on the table, and no budget below what this asks for. Set
\`plane.requestsPerMinuteMax\` above 60 times the rate. Everything runs in one process: measure on another machine than the plane's.

example: privet vault create load --template customers && privet vault account create load --vault load --out ./load.json
         node bench/vaultload.ts --url https://127.0.0.1:7081 --ca .privet/tls/ca.pem --credentials ./load.json --vault vlt_…`;

const { values: asked } = parseArgs({
  options: {
    url: { type: 'string' },
    ca: { type: 'string' },
    credentials: { type: 'string' },
    vault: { type: 'string' },
    table: { type: 'string', default: 'customers' },
    row: { type: 'string', default: ROW },
    batch: { type: 'string', default: '500' },
    lanes: { type: 'string', default: '4' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});
const { url = '', credentials = '', vault = '' } = asked;
if (asked.help || [url, credentials, vault].includes('')) {
  (asked.help ? console.log : console.error)(HELP);
  process.exit(asked.help ? 0 : 2);
}
const [BATCH, LANES, RATE, SECONDS] = [asked.batch, asked.lanes, asked.rate, asked.seconds].map(
  Number,
) as [number, number, number, number];
const STREAM_TOKENS_MAX = 200_000;

const agent = new Agent({
  connect: asked.ca === undefined ? {} : { ca: readFileSync(asked.ca, 'utf8') },
  connections: 64,
});

type Answer = { readonly status: number; readonly text: string };

async function post(path: string, body: string, headers: Record<string, string>): Promise<Answer> {
  const answer = await request(new URL(path, url), {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode === 200) return { status: 200, text };
  throw new Error(`${path} answered ${answer.statusCode}: ${text.slice(0, 300)}`);
}

/** A bearer token for an assertion that is signed here, as Skyflow's SDKs do it. */
async function bearer(): Promise<string> {
  const account = JSON.parse(readFileSync(credentials, 'utf8')) as Record<string, string>;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { clientID, keyID, tokenURI, privateKey = '' } = account;
  const exp = Math.floor(Date.now() / 1_000) + 1_800;
  const claims = { iss: clientID, sub: clientID, key: keyID, aud: tokenURI, exp };
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), createPrivateKey(privateKey));
  const assertion = `${signed}.${signature.toString('base64url')}`;
  const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  const { text } = await post('/v1/auth/sa/oauth/token', JSON.stringify(grant), {});
  return (JSON.parse(text) as { accessToken: string }).accessToken;
}

const authorization = `Bearer ${await bearer()}`;
const meter = openMeter(null);
/** Sets this run's values apart from those of others. */
const run = randomBytes(4).toString('hex');
const tokens: string[] = [];
let next = 0;

async function insert(): Promise<number> {
  const records = Array.from({ length: BATCH }, () => ({
    fields: JSON.parse(asked.row.replaceAll('{i}', `${run}-${next++}`)) as unknown,
  }));
  const body = JSON.stringify({ records, tokenization: true });
  const { text } = await post(`/v1/vaults/${vault}/${asked.table}`, body, { authorization });
  const answer = JSON.parse(text) as { records: { tokens: Record<string, string> | null }[] };
  for (const record of answer.records) tokens.push(...Object.values(record.tokens ?? {}));
  return BATCH;
}

await meter.during(`insert, ${BATCH} a call, ${LANES} at once`, {
  seconds: SECONDS,
  lanes: LANES,
  work: insert,
});
if (tokens.length === 0) throw new Error('no column of the record has tokens');
const anyToken = () => tokens[Math.floor(Math.random() * tokens.length)] ?? '';
const failed: string[] = [];
await meter.paced(`single detokenise at ${RATE}/s`, {
  perSecond: RATE,
  seconds: SECONDS,
  async call() {
    const wanted = [{ token: anyToken(), redaction: 'PLAIN_TEXT' }];
    const body = JSON.stringify({ detokenizationParameters: wanted });
    await post(`/v1/vaults/${vault}/detokenize`, body, { authorization }).catch((error: unknown) =>
      failed.push(String(error)),
    );
  },
});
const streamed = Array.from({ length: Math.min(tokens.length, STREAM_TOKENS_MAX) }, anyToken);
await meter.once('detokenise, one stream of NDJSON', streamed.length, async () => {
  const body = streamed.map((token) => `${JSON.stringify({ token })}\n`).join('');
  const type = { authorization, 'content-type': 'application/x-ndjson' };
  const { text } = await post(`/v1/vaults/${vault}/detokenize/stream`, body, type);
  const rows = text.split('\n').filter((line) => line !== '');
  const wrong = rows.filter((line) => (JSON.parse(line) as Row).privet_error !== null);
  failed.push(...wrong);
  if (rows.length !== streamed.length)
    throw new Error(`stream expected ${streamed.length} rows, got ${rows.length}: ${rows.at(-1)}`);
});
type Row = { readonly privet_error: string | null };

console.log(tableOf(meter.results));
if (failed.length > 0) {
  console.error(`${failed.length} failed, the first: ${failed[0]}`);
  process.exitCode = 1;
}
await agent.close();
