import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#base/ids';
import { enrolPlane } from '#control/identity';
import { openTestApi } from '../../../test/control/apiserver.ts';
import type { TestApi } from '../../../test/control/apiserver.ts';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';

const POLICY = `
apiVersion: privet/v1
kind: VaultPolicy
name: support-reads
vault: crm
for: { users: [nia.north] }
rules:
  - ALLOW READ ON persons.email WITH REDACTION = PLAIN_TEXT WHERE persons.region = 'EU'
  - { name: all-masked, rule: ALLOW READ ON persons.email WITH REDACTION = MASKED }
  - DENY READ ON persons.ssn
`;

let office: TestOffice;
let api: TestApi;
let plane: string;
let nia: string;
let auditor: string;
let number = 0;
const made = (prefix: 'vlt' | 'tbl' | 'col') => newId(prefix, { nowMs: 0, random: office.random });

before(async () => {
  office = await openTestOffice();
  api = await openTestApi(office, { setupTokenFile: '/nonexistent/setup-token' });
  const governor = await api.person('gov.ernor', 'governor');
  nia = await api.person('nia.north');
  auditor = await api.person('aude.auditor', 'auditor');
  plane = await office.does((work) =>
    enrolPlane(work, { name: 'main', url: 'https://localhost:7081' }),
  );
  await tell(schemaFact());
  const change = { texts: [{ file: null, text: POLICY }] };
  const call = { method: 'POST', path: '/policies/plan', body: change } as const;
  const { base, confirmation: confirm } = (await api.ask(governor, call)).body;
  const applied = await api.ask(governor, {
    ...call,
    path: '/policies/apply',
    body: { ...change, base, confirm },
  });
  assert.equal(applied.status, 200, JSON.stringify(applied.body));
});

after(async () => {
  await api.server.close();
  await office.close();
});

let ids: { vault: string; table: string; columns: readonly { id: string; name: string }[] };

function schemaFact(): object {
  const columns = ['email', 'ssn', 'region'].map((name) => ({ id: made('col'), name }));
  ids = { vault: made('vlt'), table: made('tbl'), columns };
  const shown = { type: 'string', groups: [], redaction: 'REDACTED' };
  return {
    kind: 'vault-schema',
    vault: ids.vault,
    name: 'crm',
    description: '',
    state: 'present',
    version: 1,
    tables: [
      { id: ids.table, name: 'persons', columns: columns.map((one) => ({ ...one, ...shown })) },
    ],
  };
}

async function tell(fact: object): Promise<void> {
  number += 1;
  const head = { format: 'privet-fact/v1', plane: 'main', number, timeMs: office.clock() };
  const body = { facts: [{ ...head, ...fact }] };
  const sent = await api.ask(plane, { method: 'POST', path: '/planes/main/facts', body });
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
}

/** A decision as the plane tells it, made from the bundle it holds. */
async function decision(change: object = {}): Promise<object> {
  const { payload } = (await api.ask(plane, { path: '/planes/main/bundle?after=0' })).body;
  const { serial, subjects } = JSON.parse(payload);
  const email = [
    { redaction: 'PLAIN_TEXT', rows: 'some' },
    { redaction: 'MASKED', rows: 'every' },
  ];
  return {
    kind: 'vault-decision',
    sinceMs: office.clock(),
    subject: subjects.find(({ name }: { name: string }) => name === 'nia.north').id,
    door: 'vault',
    vault: ids.vault,
    table: ids.table,
    operation: 'read',
    purpose: null,
    ticket: false,
    context: true,
    connection: null,
    bundleSerial: serial,
    decision: `dec_${'a'.repeat(32)}`,
    decided: 'allow',
    effect: 'allow',
    columns: ids.columns.map(({ id, name }) => {
      return { column: id, denied: false, levels: name === 'email' ? email : [] };
    }),
    valuesPerHour: null,
    considered: [
      { policy: 'support-reads', clause: 'rule-1', outcome: 'allows', why: 'counts' },
      { policy: 'support-reads', clause: 'all-masked', outcome: 'allows', why: 'counts' },
      { policy: null, clause: 'VAULT_OWNER', outcome: 'does-not-allow', why: 'other-role' },
    ],
    unnamed: 2,
    requests: 500,
    records: 40,
    values: 41,
    durationMicros: 5_000,
    ...change,
  };
}

test('decisions about a vault stand beside the gateway’s, and say why', async () => {
  await tell(await decision());
  const { items } = (await api.ask(auditor, { path: '/decisions?subject=nia.north' })).body;
  assert.deepEqual(items[0].sources, [
    {
      source: 'vault:crm.public.persons',
      decision: `dec_${'a'.repeat(32)}`,
      effect: 'allow',
      filtered: true,
      columns: [
        { name: 'email', show: 'clear' },
        { name: 'ssn', show: 'hidden' },
        { name: 'region', show: 'hidden' },
      ],
    },
  ]);
  const { door, operation, requests, rows } = items[0];
  assert.deepEqual([door, operation, requests, rows], ['vault', 'read', 500, 40]);
  const path = `/decisions/dec_${'a'.repeat(32)}`;
  const explained = (await api.ask(auditor, { path })).body;
  assert.deepEqual(
    [explained.subject, explained.source],
    ['nia.north', 'vault:crm.public.persons'],
  );
  assert.deepEqual(explained.lines, [
    `dec_${'a'.repeat(32)}: allow`,
    '  operation: read, with a context',
    '  email: PLAIN_TEXT in some rows, else MASKED',
    '  ssn: nothing',
    '  region: nothing',
    '  rules',
    "    policy support-reads (rule-1) allows: ALLOW READ ON persons.email WITH REDACTION = PLAIN_TEXT WHERE persons.region = 'EU'",
    '    policy support-reads (all-masked) allows: ALLOW READ ON persons.email WITH REDACTION = MASKED',
    '    built-in rule (VAULT_OWNER) does-not-allow: not one of its roles',
    '    and 2 more that did not count',
  ]);
  assert.equal((await api.ask(nia, { path })).status, 200, 'one’s own');
  const other = await api.person('oli.other');
  assert.equal((await api.ask(other, { path })).status, 404);
});

test('a rule that is not in the bundle the plane had is named, and not quoted as it reads now', async () => {
  const id = `dec_${'b'.repeat(32)}`;
  const columns = ids.columns.map(({ id: column }) => ({ column, denied: false, levels: [] }));
  const denial = { decided: 'deny', effect: 'deny', columns };
  await tell(await decision({ decision: id, bundleSerial: 99_999, ...denial }));
  const { lines } = (await api.ask(auditor, { path: `/decisions/${id}` })).body;
  assert.ok(lines.includes('    policy support-reads (rule-1) allows: its rule counts'), lines);
  const denied = (await api.ask(auditor, { path: '/decisions?effect=deny' })).body.items;
  assert.deepEqual(
    denied.map((one: { sources: { decision: string }[] }) => one.sources[0]?.decision),
    [id],
  );
});
