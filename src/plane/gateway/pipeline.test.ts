import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import type { ForwardableMessage, Frame } from '#engines/pgwire';
import type { Show } from '#engines/policy';
import { startTestGateway, type TestGateway } from './testgateway.ts';
import { bind, execute, openRawClient, parse, rows, sync, tags } from './testrawclient.ts';

let gate: TestGateway;
const hash: Show = { kind: 'mask', mask: { kind: 'hash', key: 'source/people' }, where: null };

before(async () => {
  gate = await startTestGateway({
    setup:
      "CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people SELECT i, 'canary-' || i FROM generate_series(1, 50) i",
  });
  gate.govern({ 'public.people': { columns: { name: hash } } });
});
after(() => gate.stop());

const rawClient = () => openRawClient(gate.gateway.address.port);

test('pipeline: a Parse that is skipped never leaves an old statement under new masks', async () => {
  const client = await rawClient();
  await client.exchange([parse('', 'SELECT name AS id FROM people WHERE id = 1'), sync], 1);
  const frames = await client.exchange(
    [
      parse('bad', 'SELECT nothing'),
      parse('', 'SELECT id FROM people WHERE id = 1'),
      sync,
      bind(''),
      execute(),
      sync,
    ],
    2,
  );
  assert.ok(!JSON.stringify(rows(frames)).includes('canary'));
  assert.match(tags(frames), /^EZ/u);
  client.close();
});

test('pipeline: answers come in PostgreSQL order, silent ones left out', async () => {
  const client = await rawClient();
  const frames = await client.exchange(
    [
      parse('', 'SELECT name FROM people WHERE id < 3'),
      bind(''),
      { kind: 'describe', target: 'portal', name: '' },
      execute('', 1),
      execute(),
      { kind: 'close', target: 'statement', name: '' },
      sync,
      { kind: 'query', text: 'SHOW search_path; SELECT id FROM people WHERE id = 1;' },
    ],
    2,
  );
  assert.equal(tags(frames), '12TDsDC3ZTDCTDCZ');
  assert.ok(!JSON.stringify(rows(frames)).includes('canary'));
  client.close();
});

test('pipeline: a failed PREPARE of a name in use does not change what EXECUTE of it gives', async () => {
  const client = await rawClient();
  await client.exchange([{ kind: 'query', text: 'PREPARE s AS SELECT name FROM people' }], 1);
  const frames = await client.exchange(
    [
      { kind: 'query', text: 'PREPARE s AS SELECT id FROM people' },
      { kind: 'query', text: 'EXECUTE s' },
    ],
    2,
  );
  assert.equal(rows(frames).length, 50);
  assert.ok(!JSON.stringify(rows(frames)).includes('canary'));
  client.close();
});

const anyMessage: fc.Arbitrary<ForwardableMessage> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', 'a', 'b'),
      fc.constantFrom(
        'SELECT id FROM people LIMIT 3',
        'SELECT name FROM people LIMIT 3',
        'SELECT name AS id, id AS name FROM people LIMIT 3',
        'SELECT nothing',
        'BEGIN',
        'COMMIT',
        'ROLLBACK',
        'DECLARE c CURSOR FOR SELECT name FROM people',
        'DECLARE c CURSOR FOR SELECT id FROM people',
        'FETCH 2 FROM c',
        'PREPARE a AS SELECT name FROM people',
        'PREPARE a AS SELECT id FROM people',
        'EXECUTE a',
        'DEALLOCATE a',
        'DEALLOCATE ALL',
        'SELECT upper(name) FROM people',
        'CLOSE c',
        '',
      ),
    )
    .chain(([name, text]) => fc.constantFrom(parse(name, text), { kind: 'query', text } as const)),
  fc
    .tuple(fc.constantFrom('', 'a', 'b'), fc.constantFrom('', 'p', 'c'))
    .map(([s, p]) => bind(s, p)),
  fc
    .tuple(fc.constantFrom('', 'p', 'c'), fc.constantFrom(0, 1))
    .map(([p, most]) => execute(p, most)),
  fc
    .tuple(
      fc.constantFrom('describe' as const, 'close' as const),
      fc.constantFrom('statement' as const, 'portal' as const),
      fc.constantFrom('', 'a', 'p'),
    )
    .map(([kind, target, name]) => ({ kind, target, name })),
  fc.constant(sync),
  fc.constant({ kind: 'flush' } as const),
);

test(
  'pipeline: no order of messages shows a raw value, hangs or ends the session',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage, { minLength: 1, maxLength: 25 }), async (messages) => {
        const client = await rawClient();
        // How many ReadyForQuery come depends on what was skipped: a marker says where the answers end.
        const marked = [
          ...messages,
          sync,
          { kind: 'query', text: 'ROLLBACK' } as const,
          { kind: 'query', text: "SELECT 'the end' AS marker" } as const,
        ];
        const seen: Frame[] = [];
        seen.push(...(await client.exchange(marked, 0)));
        for (;;) {
          const more = await client.exchange([], 1);
          seen.push(...more);
          if (more.length === 0 || JSON.stringify(rows(more)).includes('the end')) break;
        }
        client.close();
        const text = JSON.stringify(seen.map(({ body }) => Buffer.from(body).toString('latin1')));
        assert.ok(!text.includes('canary-'));
        // In a failed transaction the marker itself fails; anything else must have reached it.
        assert.ok(text.includes('the end') || text.includes('25P02'), tags(seen));
      }),
      { numRuns: 150 },
    );
  },
);
