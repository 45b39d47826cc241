import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { checkFact, openBundle } from '#boundary';
import type { Bundle, FactOf } from '#boundary';
import { takeDictionary } from '#control/catalog';
import * as catalog from '#control/catalog';
import {
  createSubject,
  createTeam,
  enrolPlane,
  inWork,
  joinTeam,
  listActs,
  newSigningKey,
  setAttribute,
} from '#control/identity';
import { decide, prepare } from '#engines/policy';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';
import { sha256 } from './digest.ts';
import * as access from './mod.ts';
import type { BundleDesk, PolicyChange } from './mod.ts';

const PLANE = 'here';
const key = newSigningKey();
let office: TestOffice;
let desk: BundleDesk;
let ana = '';

const column = (name: string, type: string) => ({ name, type, notNull: false, description: '' });
const SYSTEM = 'sys_00000000000000000000000000';

before(async () => {
  office = await openTestOffice();
  ana = await office.does((work) => createSubject(work, { name: 'ana.example', kind: 'person' }));
  await office.does(async (work) => {
    await createSubject(work, { name: 'bo.example', kind: 'person' });
    await createTeam(work, { name: 'analysts', description: '' });
    await joinTeam(work, { team: 'analysts', subject: 'ana.example' });
    await setAttribute(work, 'ana.example', { key: 'region', values: ['EU'] });
    await enrolPlane(work, { name: PLANE, url: 'https://127.0.0.1:7081' });
  });
  await office.does((work) =>
    takeDictionary(work, dictionary(), { columnsAtRegistration: 'seen' }),
  );
  await office.does(async (work) => {
    await catalog.defineTag(work, { name: 'PII.Email' });
    const email = { source: 'demo.clinic.patients', column: 'email' };
    const by = { kind: 'person', name: 'test' } as const;
    await catalog.addTag(work, { ...email, tag: 'PII.Email', by });
  });
  desk = access.openBundleDesk({ office, key });
});
after(async () => {
  await desk.close();
  await office.close();
});

function dictionary(): FactOf<'dictionary'> {
  const relation = {
    schema: 'clinic',
    name: 'patients',
    relation: 'table',
    description: '',
    parents: [],
    primaryKey: ['id'],
    foreignKeys: [],
    columns: [column('id', 'bigint'), column('email', 'text'), column('region', 'text')],
  };
  return checkFact({
    format: 'privet-fact/v1',
    kind: 'dictionary',
    plane: PLANE,
    number: 1,
    timeMs: office.clock(),
    system: { id: SYSTEM, name: 'demo' },
    state: 'present',
    registeredBy: ana,
    registeredAtMs: office.clock(),
    version: 1,
    mode: 'splice',
    engine: 'postgresql',
    serverVersion: 170_000,
    digest: sha256('a'),
    part: 1,
    parts: 1,
    relations: [relation],
  }) as FactOf<'dictionary'>;
}

const STAFF = `apiVersion: privet/v1
kind: SubscriptionPolicy
name: staff
target: { sources: ['demo.clinic.*'] }
allow: { groups: [analysts] }`;
const EMAILS = `apiVersion: privet/v1
kind: DataPolicy
name: emails
mask: { columns: { tags: [PII.Email] }, with: hash }`;
const REGION = `apiVersion: privet/v1
kind: DataPolicy
name: region
target: { all: true }
rows: { keep: { sql: "region = ANY(@attr('region')) AND id > 0" } }`;
const STUDY = `apiVersion: privet/v1
kind: Purpose
name: Research
statement: I use this data for research only.
---
apiVersion: privet/v1
kind: Project
name: study
sources: ['demo.clinic.*']
purposes: [Research]`;
const TEST = (effect: string) => `apiVersion: privet/v1
kind: PolicyTest
name: staff-only
cases: [ { as: { groups: [] }, source: demo.clinic.patients, expect: { effect: ${effect} } } ]`;

const change = (text: string, more: Partial<PolicyChange> = {}): PolicyChange => ({
  texts: [{ file: 'test.yaml', text }],
  remove: [],
  mode: 'merge',
  ...more,
});
const review = (wanted: PolicyChange) =>
  office.does(async (work) => {
    const { review: found } = await access.reviewChange(work.tx, wanted, { nowMs: work.nowMs });
    return found;
  });
/** Plans and applies, saying yes to whatever the plan asks. */
async function apply(wanted: PolicyChange): Promise<number> {
  const { base, confirmation: confirm } = await review(wanted);
  const applied = await office.does((work) =>
    access.applyChange(work, { ...wanted, base, confirm, message: 'test' }),
  );
  return applied.revision;
}
const newest = async (after: number): Promise<Bundle> => {
  const signed = await desk.next(PLANE, after, { waitMs: 5_000 });
  assert.ok(signed !== null);
  return openBundle(signed, (kid, message, signature) => {
    return kid === key.kid && key.verify(message, signature);
  });
};

describe('applyChange', () => {
  it('asks before something sensitive shows, and takes the answer only for what it showed', async () => {
    const wanted = change(STAFF);
    const seen = await review(wanted);
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(
      seen.added.map((one) => one.sentence),
      ['Those who are in analysts may see sources named demo.clinic.*.'],
    );
    assert.deepEqual(seen.diff?.sensitive, [
      {
        source: 'demo.clinic.patients',
        column: 'email',
        tags: ['PII.Email'],
        people: ['ana.example'],
      },
    ]);
    const applyWith = (confirm: string | null) =>
      office.does((work) =>
        access.applyChange(work, { ...wanted, base: seen.base, confirm, message: '' }),
      );
    await assert.rejects(applyWith(null), { code: 'conflict', message: /1 sensitive column/u });
    await assert.rejects(applyWith('yes'), { code: 'conflict' });
    assert.equal(await access.policyRevision(office.pool), 0);
    const { revision } = await applyWith(seen.confirmation);
    assert.equal(revision, 1);
    const [act] = await listActs(office.pool, { limit: 1 });
    assert.deepEqual([act?.action, act?.target], ['policy-applied', 'staff']);
  });

  it('refuses a change planned on a set that has moved on', async () => {
    const stale = { ...change(EMAILS), base: 0, confirm: null, message: '' };
    await assert.rejects(
      office.does((work) => access.applyChange(work, stale)),
      { code: 'conflict', message: /revision 0, they are at 1/u },
    );
  });

  it('refuses errors with their place, sql that PostgreSQL would not take, and failing tests', async () => {
    for (const [text, expected] of [
      [EMAILS.replace('hash', 'hsh'), /does not know `hsh`/u],
      [REGION.replace('id > 0', 'id >'), /`region` on `demo\.clinic\.patients`/u],
      [REGION.replace('id > 0', 'zip > 0'), /zip/u],
      [REGION.replace('id > 0', 'id in (select 1)'), /`region`/u],
      [STUDY.replace('only.', 'x'.repeat(8_200)), /does not fit into a bundle: .*statement/u],
      [STUDY.replace('[Research]', '[Care]'), /no purpose is known as `Care`/u],
      [TEST('allow'), /test `staff-only`, case 1: expected allow, got deny/u],
    ] as const) {
      await assert.rejects(apply(change(text)), { code: 'invalid', message: expected }, text);
    }
    const { errors } = await review(change(REGION.replace('id > 0', 'id >')));
    assert.deepEqual(errors[0]?.where, { file: 'test.yaml', line: 5, column: 22 });
    assert.equal(await access.policyRevision(office.pool), 1);
  });

  it('keeps authored order and every version', async () => {
    await apply(change(`${EMAILS}\n---\n${REGION}\n---\n${TEST('deny')}`));
    await apply(change(EMAILS.replace('hash', "'null'")));
    const names = (await access.listDocuments(office.pool, { family: 'policy' })).map(
      (one) => one.name,
    );
    assert.deepEqual(names, ['staff', 'emails', 'region']);
    const versions = await access.documentHistory(office.pool, {
      family: 'policy',
      name: 'emails',
    });
    assert.deepEqual(
      versions.map((version) => version.revision),
      [3, 2],
    );
    assert.equal(versions[1]?.text, EMAILS);
    assert.deepEqual(
      (await access.documentsAt(office.pool, 1)).map((one) => one.name),
      ['staff'],
    );
    const same = await apply(change(EMAILS.replace('hash', "'null'")));
    assert.equal(same, 3);
  });

  it('removes by name, and with replace whatever the texts leave out', async () => {
    await apply(change('', { texts: [], remove: [{ family: 'policy', name: 'region' }] }));
    const left = async () => (await access.listDocuments(office.pool)).map((one) => one.name);
    assert.deepEqual((await left()).toSorted(), ['emails', 'staff', 'staff-only']);
    await apply(change(`${STAFF}\n---\n${EMAILS}`, { mode: 'replace' }));
    assert.deepEqual(await left(), ['staff', 'emails']);
  });

  it('reads every document of the demonstration without an error of its own', async () => {
    const directory = new URL('../../../examples/demo/policies/', import.meta.url);
    const text = readFileSync(new URL('10-purposes.yaml', directory), 'utf8');
    assert.deepEqual((await review(change(text))).errors, []);
  });
});

describe('projects', () => {
  before(() => apply(change(STUDY)).then(() => undefined));

  it('counts an acknowledgement by the member alone, of the statement as it reads now', async () => {
    await office.does((work) =>
      access.addMember(work, { project: 'study', subject: 'ana.example' }),
    );
    const asAna = { actor: { id: ana, name: 'ana.example' }, requestId: 'r', address: '' };
    const accept = (statement: string, asker = asAna) =>
      inWork(office, asker, (work) =>
        access.acknowledge(work, { project: 'study', purpose: 'Research', statement }),
      );
    const text = 'I use this data for research only.';
    await assert.rejects(accept('Something else.'), { code: 'conflict' });
    const bo = { ...asAna, actor: { id: 'sub_bo', name: 'bo.example' } };
    await assert.rejects(accept(text, bo), { code: 'not-found' });
    await accept(text);
    const acknowledged = async () =>
      (await access.findProject(office.pool, 'study')).members[0]?.acknowledged.map(
        (one) => one.purpose,
      );
    assert.deepEqual(await acknowledged(), ['Research']);
    await apply(change(STUDY.replace('only.', 'alone.')));
    assert.deepEqual(await acknowledged(), []);
    await accept('I use this data for research alone.');
    const bundle = await newest(0);
    assert.deepEqual(bundle.projects[0]?.members, [{ subject: ana, acknowledged: ['Research'] }]);
  });

  it('forgets members with the project', async () => {
    await apply(change('', { texts: [], remove: [{ family: 'project', name: 'study' }] }));
    await apply(change(STUDY));
    assert.deepEqual((await access.findProject(office.pool, 'study')).members, []);
  });
});

describe('openBundleDesk', () => {
  it('gives a signed bundle that decides, and nothing while nothing changes', async () => {
    const bundle = await newest(0);
    const view = prepare(bundle, { sha256 });
    const source = bundle.sources[0]?.id ?? '';
    const ask = { project: null, purpose: null, source, operation: 'select', nowMs: 0 } as const;
    assert.equal(decide(view, { subject: ana, ...ask }).effect, 'allow');
    assert.equal(await desk.next(PLANE, bundle.serial, { waitMs: 30 }), null);
  });

  it('wakes a waiting plane within the promised time of a change', async () => {
    const { serial } = await newest(0);
    const waiting = desk.next(PLANE, serial, { waitMs: 10_000 });
    await apply(change(REGION));
    const start = performance.now();
    const signed = await waiting;
    const tookMs = performance.now() - start;
    assert.ok(signed !== null && tookMs < 2_000, `took ${tookMs} ms`);
    assert.equal((await newest(0)).serial, serial + 1);
  });

  it('never gives a serial twice, not even from a second process or after a restore', async () => {
    const { serial } = await newest(0);
    const other = access.openBundleDesk({ office, key });
    try {
      assert.equal(await other.next(PLANE, serial, { waitMs: 30 }), null);
      const again = await other.next(PLANE, 0, { waitMs: 5_000 });
      assert.equal((JSON.parse(again?.payload ?? '{}') as Bundle).serial, serial + 1);
    } finally {
      await other.close();
    }
    const restored = await desk.next(PLANE, serial + 100, { waitMs: 5_000 });
    assert.equal((JSON.parse(restored?.payload ?? '{}') as Bundle).serial, serial + 101);
  });

  it('issues anew before a bundle grows old', async () => {
    const { serial } = await newest(0);
    office.clock.advance(61 * 60 * 1_000);
    assert.ok((await newest(serial)).serial > serial);
  });

  it('stops waiting when nobody waits any more', async () => {
    const { serial } = await newest(0);
    const gone = AbortSignal.timeout(20);
    const start = performance.now();
    assert.equal(await desk.next(PLANE, serial, { waitMs: 20_000, signal: gone }), null);
    assert.ok(performance.now() - start < 2_000);
    await assert.rejects(desk.next(PLANE, 2 ** 53, { waitMs: 1 }), { code: 'invalid' });
  });
});

describe('explainDecision', () => {
  const fact = (bundle: Bundle, decision: string): FactOf<'decision'> =>
    ({
      kind: 'decision',
      plane: PLANE,
      timeMs: office.clock(),
      subject: ana,
      project: null,
      purpose: null,
      bundleSerial: bundle.serial,
      sources: [
        { source: bundle.sources[0]?.id, decision, effect: 'allow', filtered: true, columns: [] },
      ],
    }) as unknown as FactOf<'decision'>;

  it('gives the proof of a decision a plane reported, without the values in it', async () => {
    const bundle = await newest(0);
    const ask = { project: null, purpose: null, operation: 'select', nowMs: 0 } as const;
    const source = bundle.sources[0]?.id ?? '';
    const decision = decide(prepare(bundle, { sha256 }), { subject: ana, source, ...ask });
    await office.does((work) => access.noteDecisions(work.tx, desk, fact(bundle, decision.id)));
    const explained = await access.explainDecision(office.pool, decision.id);
    assert.deepEqual(
      [explained.subject, explained.source],
      ['ana.example', 'demo.clinic.patients'],
    );
    assert.ok(explained.lines.some((line) => line.includes('policy region (rows) filters')));
    assert.ok(!JSON.stringify(explained.decision).includes('EU'));
  });

  it('keeps nothing for an id it cannot repeat', async () => {
    const forged = `dec_${'0'.repeat(32)}`;
    const bundle = await newest(0);
    await office.does((work) => access.noteDecisions(work.tx, desk, fact(bundle, forged)));
    await assert.rejects(access.explainDecision(office.pool, forged), { code: 'not-found' });
  });

  it('says why now, for anyone and any source', async () => {
    const asked = { source: 'demo.clinic.patients', project: null, purpose: null };
    const why = await access.explainNow(
      office.pool,
      { subject: 'bo.example', ...asked },
      office.clock(),
    );
    assert.equal(why.decision.effect, 'deny');
    assert.ok(why.lines.some((line) => line.includes('policy staff (allow) does-not-allow')));
  });
});
