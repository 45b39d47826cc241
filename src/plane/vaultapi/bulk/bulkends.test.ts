import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../../test/vault/api.ts';
import type { TestAccount, TestApi } from '../../../../test/vault/api.ts';
import type { RejectedRow } from '../room.ts';

const rejected: RejectedRow[] = [];
/** What whoever is slow is waited for here. */
const streamWaitSeconds = 1;
let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
let path: string;
let port: number;

before(async () => {
  cluster = await startTestCluster();
  const tokens = [{ shape: { kind: 'uuid' as const } }];
  const columns = [
    { name: 'name', type: 'string' as const, tokens },
    { name: 'age', type: 'int32' as const },
  ];
  api = await openTestApi(
    cluster,
    { name: 'crm', tables: [{ name: 'persons', columns }] },
    { streamWaitSeconds, onRejected: (row) => void rejected.push(row) },
  );
  path = `/v1/vaults/${api.schema.id}`;
  owner = api.account('owner');
  api.role('VAULT_OWNER', [owner]);
  await api.server.listen({ port: 0, host: '127.0.0.1' });
  ({ port } = api.server.server.address() as AddressInfo);
});

after(async () => {
  await api.close();
  await cluster.stop();
});

let keys = 0;

function open(context: TestContext, to: string, media = 'application/x-ndjson'): ClientRequest {
  const call = request({
    port,
    method: 'POST',
    path: `${path}/${to}`,
    agent: false,
    rejectUnauthorized: false,
    headers: {
      authorization: `Bearer ${owner.apiKey}`,
      'content-type': media,
      'idempotency-key': `ends-${(keys += 1)}`,
    },
  });
  call.on('error', () => undefined);
  context.after(() => call.destroy());
  return call;
}

/** A row now and then, for ever. */
function drip(context: TestContext, call: ClientRequest): void {
  const timer = setInterval(() => call.write('{"name":"slow"}\n'), 50);
  context.after(() => clearInterval(timer));
}

async function answerTo(call: ClientRequest): Promise<{ status: number; text: string }> {
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  let text = '';
  answer.setEncoding('utf8');
  for await (const piece of answer) text += piece;
  return { status: answer.statusCode ?? 0, text };
}

const people = (count: number) =>
  Array.from({ length: count }, (_, i) => `{"name":"p${i}"}\n`).join('');

describe('streams of rows', () => {
  it('end where a batch does not come in time, and give their places back', async (context) => {
    const calls = Array.from({ length: 4 }, () => open(context, 'persons/tokenize/stream'));
    for (const call of calls) drip(context, call);
    for (const { status, text } of await Promise.all(calls.map(answerTo))) {
      assert.equal(status, 429, text);
      assert.match(text, /500 rows took longer than 1 s to come/u);
    }
    const call = open(context, 'persons/tokenize/stream');
    call.end(people(3));
    const { status, text } = await answerTo(call);
    assert.equal(status, 200, text);
    assert.equal(text.trimEnd().split('\n').length, 3);
  });

  it('say how far they came when the next batch does not come in time', async (context) => {
    const call = open(context, 'persons/tokenize/stream');
    call.write(people(500));
    drip(context, call);
    const { status, text } = await answerTo(call);
    assert.equal(status, 200);
    const lines = text.trimEnd().split('\n');
    assert.equal(lines.length, 501);
    assert.match(
      lines[500] ?? '',
      /"stopped: after row 500: limit: 500 rows took longer than 1 s to come/u,
    );
  });

  it('are cut off where nobody takes their answers', async (context) => {
    const made = open(context, 'persons/tokenize/stream');
    made.end(`{"name":"${'n'.repeat(20_000)}"}\n`);
    const token = (JSON.parse((await answerTo(made)).text) as { name: string }).name;
    const call = open(context, 'detokenize/stream?redaction=PLAIN_TEXT');
    // Each batch gives 20 MB for 50 kB, more than lies in the buffers of a connection.
    call.end(`{"token":"${token}"}\n`.repeat(3_000));
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    answer.pause();
    const cut = once(answer, 'error', { signal: AbortSignal.timeout(30_000) });
    await sleep(streamWaitSeconds * 2_000);
    answer.resume();
    const [error] = (await cut) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
  });

  it('hand on each row that was not written, with what it was', async (context) => {
    rejected.length = 0;
    const send = async (media: string, body: string, query = '') => {
      const call = open(context, `persons/tokenize/stream${query}`, media);
      call.end(body);
      return answerTo(call);
    };
    const lines = ['{"name":"ada"}', '{"name":"bo","age":"old"}', 'no json', '{"nobody":1}'];
    const { text } = await send('application/x-ndjson', lines.join('\n'), '?from=500');
    assert.doesNotMatch(text, /"bo"|no json/u);
    await send('text/csv', 'name,age\neve,7\nx\n');
    const at = { vault: api.schema.id, table: 'persons' };
    const got = rejected.map(({ code, content }) => {
      const { problem, ...rest } = JSON.parse(Buffer.from(content).toString()) as {
        problem: string;
      };
      assert.ok(problem.startsWith(`${code}: `));
      return [code, rest];
    });
    assert.deepEqual(got, [
      ['invalid', { ...at, row: 502, fields: { name: 'bo', age: 'old' } }],
      ['invalid', { ...at, row: 503, text: 'no json' }],
      ['invalid', { ...at, row: 504, fields: { nobody: 1 } }],
      ['invalid', { ...at, row: 2, text: 'x\r\n' }],
    ]);
  });
});
