import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { secret } from '#base/secret';
import { utf8 } from '#base/bytes';
import { checkGrants } from '../../../verify/grants.ts';
import { DORA, GITA, inForce, OLGA, startTestOperators } from './testoperator.ts';
import type { OperatorSetup, TestOperators } from './testoperator.ts';

const MAIN = new URL('../../../verify/main.ts', import.meta.url).pathname;

let operators: TestOperators;
before(async () => {
  operators = await startTestOperators();
});
after(() => operators.stop());

/** A plane where operators were let in, looked, saw two items, were refused, and left. */
async function busyPlane(): Promise<
  OperatorSetup & { readonly grant: string; readonly incident: string }
> {
  const setup = await operators.setUp();
  const role = `busy_${setup.database.name}`;
  await setup.database.pool.query(`create role ${role} login nosuperuser`);
  const url = secret(setup.database.url.replace('//postgres@', `//${role}@`));
  const operator = await setup.another({ databaseUrl: url });
  for (const text of ['one', 'two', 'three'])
    operator.quarantine.keep({ channel: 'collector', code: 'other', content: utf8(text) });
  await operator.quarantine.tend();
  const items = await operator.quarantine.list({ channel: null, before: null, limit: 10 });
  await inForce(operator, { capability: 'observe', scope: ['v1_ledger', 'v1_tables'], rowsMax: 9 });
  await operator.ops.query({ view: 'v1_tables', limit: 4, grant: null }, OLGA);
  const grant = await inForce(operator, { rowsMax: 2 });
  for (const { id } of items.slice(0, 2))
    await operator.quarantine.reveal({ items: [id], grant }, OLGA);
  await assert.rejects(operator.quarantine.reveal({ items: [items[2]?.id ?? ''], grant }, OLGA));
  await operator.grants.decide(grant, 'revoke', GITA);
  await operator.grants.review(grant, { verdict: 'in-order', note: null }, DORA);
  const proven = await operator.incidents.prove(grant);
  return { ...setup, grant, incident: JSON.stringify({ format: 'privet-incident/v1', ...proven }) };
}

function verify({ directory, log }: OperatorSetup, more: readonly string[] = []) {
  const policy = `${directory}.policy`;
  writeFileSync(policy, `log ${log.vkey}\nquorum none\n`);
  const given = [MAIN, '--log', directory, '--policy', policy, ...more];
  const { status, stdout, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

type Body = { readonly kind: string; readonly [field: string]: unknown };

/** What the verifier finds in leaves that were changed, by their bodies. */
function findingsIn(bodies: readonly Body[], minimum = 0): readonly string[] {
  const check = checkGrants();
  for (const [index, body] of bodies.entries())
    check.see({ index, entry: Buffer.from(JSON.stringify(body)), body });
  return check.report(minimum).findings.map(({ what }) => what);
}

test('the offline verifier proves that each look lay within a grant in force, and an incident whole', async () => {
  const plane = await busyPlane();
  const file = `${plane.directory}.incident`;
  writeFileSync(file, plane.incident);
  const whole = verify(plane, ['--incident', file]);
  assert.equal(whole.status, 0, whole.text);
  assert.match(
    whole.text,
    /✓ 3 uses of 2 grants, each within one that was approved and in force; 2 items/u,
  );
  assert.match(
    whole.text,
    /✓ incident .* 2 items were shown under grt_\w+, by 9 leaves of the log/u,
  );
  assert.match(whole.text, /· whether those who approved grants were people of the customer/u);

  const told = JSON.parse(plane.incident) as {
    trail: { index: number; entry: string; leafHash: string }[];
    items: { digest: string }[];
    proofs: { proof: string }[];
  };
  const harms: readonly (readonly [RegExp, (incident: typeof told) => void])[] = [
    [/is about its grant and not in it/u, ({ trail }) => void trail.splice(4, 1)],
    [
      /says something else in the log/u,
      ({ trail }) => void Object.assign(trail[0] ?? {}, { entry: '{}' }),
    ],
    [
      /is not in the log like that/u,
      ({ trail }) => void Object.assign(trail[0] ?? {}, { index: 0 }),
    ],
    [/the items it names are not those/u, ({ items }) => void items.pop()],
    [/does not lead from entry/u, ({ proofs }) => void proofs.splice(0, 1, harmed(proofs.at(-1)))],
  ];
  for (const [says, harm] of harms) {
    const changed = structuredClone(told);
    harm(changed);
    writeFileSync(file, JSON.stringify(changed));
    const { status, text } = verify(plane, ['--incident', file]);
    assert.equal(status, 1, text);
    assert.match(text, says);
  }
});

/** A proof for another entry than it says. */
function harmed(proof: { proof: string } | undefined): { proof: string } {
  return { proof: (proof?.proof ?? '').replace(/^index \d+$/mu, 'index 1') };
}

test('the offline verifier finds whatever is wrong with a grant', async () => {
  const plane = await busyPlane();
  const leaves = await plane.ledger.read({ from: 0, limit: 1_000 });
  // Indices of leaves stand in other leaves: what is cut out leaves a hole.
  const bodies = leaves.map(({ entry }) => JSON.parse(entry) as Body);
  assert.deepEqual(findingsIn(bodies), []);
  const of = (kind: string) =>
    bodies.findLastIndex((body) => body.kind === kind && body['grant'] === plane.grant);
  const hole: Body = { kind: 'plane-started' };
  const changed = (kind: string, change: object | null) =>
    findingsIn(
      bodies.map((body, i) =>
        i === of(kind) ? (change === null ? hole : { ...body, ...change }) : body,
      ),
    );
  const operator = { actor: { kind: 'subject', id: OLGA.id } };
  const cases: readonly (readonly [string, object | null, RegExp])[] = [
    ['grant-requested', null, /a grant nobody asked for/u],
    ['grant-approved', null, /in force with 1 of 2 approvals/u],
    ['grant-approved', operator, /approved their own request/u],
    [
      'grant-approved',
      { actor: { kind: 'subject', id: GITA.id } },
      /same person approved a request twice/u,
    ],
    ['grant-approved', { request: 1 }, /what was approved is not what was asked for/u],
    ['grant-activated', null, /under a grant that was not in force/u],
    ['grant-activated', { notAfterMs: 1 }, /for another time than was asked for/u],
    ['grant-activated', { approvals: [] }, /in force with 0 of 2/u],
    ['grant-requested', { rowsMax: 1 }, /more rows were shown than the grant allows/u],
    ['grant-requested', { capability: 'observe' }, /a grant for observe was used for/u],
    ['grant-requested', { scope: ['gateway'] }, /used for `collector`, which it does not name/u],
    ['grant-requested', { approvalsNeeded: 0 }, /needs nobody’s approval and is no emergency/u],
    [
      'quarantine-revealed',
      { actor: { kind: 'subject', id: GITA.id } },
      /a grant of somebody else/u,
    ],
    ['quarantine-revealed', { activated: 1 }, /not in force/u],
    ['quarantine-revealed', { digest: '0'.repeat(64) }, /not what was kept under that name/u],
    [
      'quarantine-revealed',
      { item: `qit_${'0'.repeat(26)}` },
      /an item was shown that was never kept/u,
    ],
    ['quarantine-revealed', { atMs: 9_000_000_000_000 }, /under a grant that had expired/u],
    ['quarantine-revealed', { atMs: 1 }, /clock of grants went back/u],
  ];
  for (const [kind, change, says] of cases) {
    const found = changed(kind, change);
    assert.ok(
      found.some((what) => says.test(what)),
      `${kind} ${JSON.stringify(change)}: ${found.join('; ')}`,
    );
  }
  const late = [...bodies, bodies[of('quarantine-revealed')] ?? hole];
  assert.ok(findingsIn(late).some((what) => /not in force/u.test(what)));
  // Where the beginning was pruned, what hangs in the air is said to be unchecked.
  assert.deepEqual(
    findingsIn(
      bodies.map((body, i) => (i === of('grant-requested') ? hole : body)),
      256,
    ),
    [],
  );
});
