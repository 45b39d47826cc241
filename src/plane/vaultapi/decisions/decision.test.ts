import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { checkFact } from '#boundary';
import type { FactBody } from '#boundary';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../../test/vault/api.ts';
import type { Answer, Asked, TestAccount, TestApi } from '../../../../test/vault/api.ts';
import { openDecisionDesk } from './decisiondesk.ts';

const uuid = { shape: { kind: 'uuid' }, deterministic: true } as const;
const CANARY = 'canary.value@example.invalid';
const TABLES = [
  {
    name: 'persons',
    columns: [
      { name: 'email', type: 'string' as const, exactIndex: true, tokens: [uuid] },
      { name: 'ssn', type: 'string' as const },
      { name: 'region', type: 'string' as const },
    ],
  },
  { name: 'notes', columns: [{ name: 'text', type: 'string' as const }] },
];

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
let reader: TestAccount;
let vault: string;

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, { name: 'crm', tables: TABLES });
  vault = `/v1/vaults/${api.schema.id}`;
  [owner, reader] = [api.account('owner'), api.account('reader')];
  api.role('VAULT_OWNER', [owner]);
  api.role('reader', [reader]);
  const head = 'apiVersion: privet/v1\nkind: VaultPolicy\nname: reads\nvault: crm\nroles: [reader]';
  const rules = [
    "  - ALLOW READ ON persons.email WITH REDACTION = PLAIN_TEXT WHERE persons.region = 'EU'",
    '  - ALLOW READ, DETOKENIZATION ON persons.email WITH REDACTION = MASKED',
    '  - { name: admins, rule: ALLOW READ ON persons.ssn, when: \'request.context == "boss"\' }',
  ];
  api.govern({ policies: [head, 'rules:', ...rules].join('\n') });
});

after(async () => {
  await api.close();
  await cluster.stop();
});

beforeEach(() => void api.decisions());

const post = (path: string, body: object): Asked => ({
  method: 'POST',
  path: `${vault}${path}`,
  body,
});
const insert = (fields: object) => post('/persons', { records: [{ fields }], tokenization: true });
const detokenize = (...tokens: readonly string[]) =>
  post('/detokenize', { detokenizationParameters: tokens.map((token) => ({ token })) });
const named = ({ headers }: Answer) => (headers['x-privet-decision'] as string).split(', ');

async function record(): Promise<{ id: string; token: string }> {
  const { body } = await api.ask(owner.apiKey, insert({ email: CANARY, region: 'EU' }));
  const [{ skyflow_id: id, tokens }] = body.records;
  api.decisions();
  return { id, token: tokens.email };
}

/** The only decision of those that were told. */
function only(told: readonly FactBody<'vault-decision'>[]): FactBody<'vault-decision'> {
  assert.equal(told.length, 1, JSON.stringify(told));
  const [fact] = told;
  return fact ?? assert.fail();
}

describe('a decision about a vault', () => {
  it('is named to whoever asked, in the leaf, and told with what it rests on', async () => {
    const { token } = await record();
    const answer = await api.ask(reader.apiKey, detokenize(token));
    assert.equal(answer.status, 200);
    const fact = only(api.decisions());
    assert.deepEqual(named(answer), [fact.decision]);
    const leaves = await api.test.ledger.read({ kinds: ['vault-revealed'], limit: 1 });
    assert.equal(
      leaves[0]?.leaf.kind === 'vault-revealed' && leaves[0].leaf.decision,
      fact.decision,
    );
    const names = new Map(api.schema.tables[0]?.columns.map(({ id, name }) => [id, name]));
    assert.deepEqual(
      fact.columns.map(({ column, levels }) => [names.get(column), levels]),
      [
        ['email', [{ redaction: 'MASKED', rows: 'every' }]],
        ['ssn', []],
        ['region', []],
      ],
    );
    assert.deepEqual(fact.considered, [
      { policy: 'reads', clause: 'rule-2', outcome: 'allows', why: 'counts' },
    ]);
    const { subject, operation, decided, effect, requests, records, values, door } = fact;
    assert.deepEqual(
      { subject, operation, decided, effect, requests, records, values, door },
      {
        subject: reader.id,
        operation: 'detokenize',
        decided: 'allow',
        effect: 'allow',
        requests: 1,
        records: 1,
        values: 1,
        door: 'vault',
      },
    );
  });

  it('says which rows it hangs on only by saying some, and carries no value, token or constant', async () => {
    const { id } = await record();
    const { status } = await api.ask(reader.apiKey, { path: `${vault}/persons?skyflow_ids=${id}` });
    assert.equal(status, 200);
    const fact = only(api.decisions());
    assert.deepEqual(fact.columns[0]?.levels, [
      { redaction: 'PLAIN_TEXT', rows: 'some' },
      { redaction: 'MASKED', rows: 'every' },
    ]);
    const head = { format: 'privet-fact/v1', plane: 'main', number: 1 } as const;
    const text = JSON.stringify(checkFact({ ...head, ...fact }));
    for (const secret of [CANARY, 'EU', id, 'boss']) assert.ok(!text.includes(secret), secret);
  });

  it('is in the error and in the leaf of a refusal', async () => {
    const answer = await api.ask(reader.apiKey, insert({ email: 'x' }));
    assert.equal(answer.status, 403);
    const fact = only(api.decisions());
    const { decided, effect, operation, records } = fact;
    assert.deepEqual([decided, effect, operation, records], ['deny', 'deny', 'insert', 0]);
    assert.deepEqual(named(answer), [fact.decision]);
    assert.deepEqual(answer.body.error.details.at(-1), { decision: fact.decision });
    const [refused] = await api.test.ledger.read({ kinds: ['access-refused'], limit: 1 });
    assert.deepEqual(refused?.leaf.kind === 'access-refused' && refused.leaf.decisions, [
      fact.decision,
    ]);
  });

  it('is one, whatever else was looked at to find that nothing may be had', async () => {
    const stranger = api.account('stranger');
    const answer = await api.ask(stranger.apiKey, detokenize('no-token'));
    assert.equal(answer.status, 403);
    const fact = only(api.decisions());
    assert.deepEqual(named(answer), [fact.decision]);
    const { body } = await api.ask(stranger.apiKey, { path: `/v1/decisions/${fact.decision}` });
    assert.equal(body.table, fact.table, 'its id: the name is nobody’s business');
    assert.doesNotMatch(JSON.stringify([answer.body, body]), /persons|notes|ssn/u);
    const unknown = await api.ask(reader.apiKey, detokenize('no-token'));
    assert.equal(unknown.status, 404);
    assert.deepEqual([unknown.headers['x-privet-decision'], api.decisions()], [undefined, []]);
  });

  it('has one id for roles in any order', async () => {
    const [one, two] = ['one', 'two'].map((name) => api.role(name, [reader]).id);
    const reading = api.role('reader', [reader]).id;
    for (const scope of [
      [reading, one, two],
      [two, one, reading, two],
    ]) {
      const roles = scope.map((id) => `role:${id}`).join(' ');
      const secret = await api.bearer(reader, { scope: roles });
      const { status } = await api.ask(secret, { path: `${vault}/persons?limit=1` });
      assert.equal(status, 200);
    }
    assert.equal(only(api.decisions()).requests, 2);
  });

  it('can be asked about at the plane at once, by whose it is and nobody else', async () => {
    const answer = await api.ask(reader.apiKey, insert({ email: 'x' }));
    const path = `/v1/decisions/${named(answer)[0]}`;
    const { status, body } = await api.ask(reader.apiKey, { path });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.operation, body.effect], ['insert', 'deny']);
    assert.ok(
      body.lines.some((line: string) => line.includes('no rule allows it')),
      body.lines,
    );
    assert.doesNotMatch(JSON.stringify(body), /persons|ssn|WHERE/u);
    assert.equal((await api.ask(owner.apiKey, { path })).status, 404);
    const auditor = api.account('auditor', {}, ['auditor']);
    assert.equal((await api.ask(auditor.apiKey, { path })).status, 200);
    const unknown = `/v1/decisions/dec_${'0'.repeat(32)}`;
    assert.equal((await api.ask(auditor.apiKey, { path: unknown })).status, 404);
  });

  it('tells a write, a delete and tokens asked for, each with its counts', async () => {
    const { body } = await api.ask(owner.apiKey, insert({ email: 'a@e.invalid', ssn: '1' }));
    const path = `${vault}/persons/${body.records[0].skyflow_id}`;
    const fields = { record: { fields: { ssn: '2' } }, tokenization: false };
    await api.ask(owner.apiKey, { method: 'PUT', path, body: fields });
    const value = { value: 'a@e.invalid', columnGroup: 'persons.email' };
    await api.ask(owner.apiKey, post('/tokenize', { tokenizationParameters: [value] }));
    await api.ask(owner.apiKey, { method: 'DELETE', path });
    const done = api.decisions().filter(({ records }) => records > 0);
    assert.deepEqual(
      done
        .map(({ operation, records, values }) => [operation, records, values] as const)
        .toSorted(([one], [two]) => one.localeCompare(two)),
      [
        ['delete', 1, 0],
        ['insert', 1, 0],
        ['tokenize', 2, 2],
        ['update', 1, 0],
      ],
    );
  });

  it('has one name whatever the context says, and another where it changes the answer', async () => {
    const { id } = await record();
    const idFor = async (ctx: string) => {
      const secret = await api.bearer(reader, { claims: { ctx } });
      return named(await api.ask(secret, { path: `${vault}/persons?skyflow_ids=${id}` }));
    };
    const one = await idFor('ana@example.invalid');
    assert.deepEqual(await idFor('bo@example.invalid'), one);
    assert.notDeepEqual(await idFor('boss'), one);
    const told = api.decisions();
    assert.deepEqual(
      told.map(({ context, requests }) => [context, requests]),
      [
        [true, 2],
        [true, 1],
      ],
    );
    assert.doesNotMatch(JSON.stringify(told), /example\.invalid|boss/u);
  });

  it('keeps what is no purpose to itself', async () => {
    const { id } = await record();
    const answer = await api.ask(reader.apiKey, {
      path: `${vault}/persons?skyflow_ids=${id}`,
      headers: { 'x-privet-purpose': CANARY },
    });
    assert.equal(answer.status, 403);
    const fact = only(api.decisions());
    assert.deepEqual([fact.purpose, fact.considered[0]?.why], [null, 'unknown-purpose']);
    assert.ok(!JSON.stringify(fact).includes(CANARY));
  });
});

describe('openDecisionDesk', () => {
  it('tells the first of equal decisions within a second, and the rest once a minute', async () => {
    const { token } = await record();
    await api.ask(reader.apiKey, detokenize(token));
    const fact = only(api.decisions());
    let nowMs = 1_000;
    const told: FactBody<'vault-decision'>[] = [];
    const desk = openDecisionDesk({ tell: (one) => told.push(one), clock: () => nowMs });
    const table = { id: fact.table, name: 'persons', columns: [] };
    const request = { ...fact, table, context: null, roles: null, ticket: false, nowMs };
    const decision = {
      id: fact.decision,
      effect: 'allow',
      columns: new Map(),
      reads: [],
      obligations: { valuesPerHour: null },
      reasons: [],
    } as const;
    const note = () =>
      desk.note(
        { request, decision, bundleSerial: 1, purpose: null },
        { door: 'vault', effect: 'allow', records: 1, values: 2, durationMicros: 5 },
      );
    for (let i = 0; i < 500; i++) note();
    nowMs += 1_000;
    desk.tellDue();
    for (let i = 0; i < 30_000; i++) note();
    nowMs += 59_000;
    desk.tellDue();
    assert.equal(told.length, 1);
    nowMs += 1_000;
    desk.tellDue();
    desk.close();
    assert.deepEqual(
      told.map(({ requests, values }) => [requests, values]),
      [
        [500, 1_000],
        [30_000, 60_000],
      ],
    );
  });
});
