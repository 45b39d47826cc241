import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GotRecord, RulingOf, VaultProposal } from '../mod.ts';
import { allow, CALLER, insertRows, PLAIN, ruling, vaultStand } from '../testvault.ts';

// Pages tell nothing of records that are hidden: not how many there are, and not which.

const stand = vaultStand();

const TABLE: VaultProposal = {
  name: 'crm',
  tables: [
    {
      name: 'persons',
      columns: [
        { name: 'name', type: 'string', prefixIndex: { min: 1, max: 2 } },
        { name: 'region', type: 'string' },
      ],
    },
  ],
};
const COUNT = 60;
/** Every third is of Europe; most of what comes first is hidden. */
const isShown = (i: number) => i % 3 === 2 && i > 30;

async function crm() {
  const opened = await stand.make(TABLE);
  const { vaults, vault, column } = opened;
  const rows = Array.from({ length: COUNT }, (_, i) => ({
    name: `n${i}`,
    region: isShown(i) ? 'EU' : 'US',
  }));
  const written = await insertRows(vaults, vault.id, { table: 'persons', rows });
  const europe: RulingOf = () => ({
    ...ruling((_, valueOf) => (valueOf(column('region')) === 'EU' ? 'PLAIN_TEXT' : null)),
    reads: [column('region')],
  });
  const page = (
    asked: { readonly after?: string; readonly skip?: number; readonly limit?: number },
    { ruling: rule = europe, descending = false } = {},
  ) => {
    const { after = null, skip = 0, limit = 4 } = asked;
    const select = { kind: 'page', after, skip, descending } as const;
    const base = { caller: CALLER, vault: vault.id, table: 'persons', redaction: PLAIN };
    return vaults.get({ ...base, select, ruling: rule, limit });
  };
  const shown = written.map(({ record }) => record).filter((_, i) => isShown(i));
  return { ...opened, written, shown, europe, page };
}

const idsOf = (records: readonly GotRecord[]) => records.map(({ id }) => id);

test('pages are full of what is shown, in both directions, and say nothing of the rest', async () => {
  const { page, shown, written } = await crm();
  for (const descending of [false, true]) {
    const wanted = descending ? shown.toReversed() : shown;
    const found: string[] = [];
    let after: string | null = null;
    do {
      const from = after === null ? {} : { after };
      const got = await page(from, { descending });
      if (got.next !== null) {
        assert.equal(got.records.length, 4);
        const said = Buffer.from(got.next, 'base64url').toString('hex');
        for (const { record } of written) {
          assert.ok(!got.next.includes(record) && !said.includes(record.replaceAll('-', '')));
        }
      }
      found.push(...idsOf(got.records));
      after = got.next;
    } while (after !== null);
    assert.deepEqual(found, wanted);
  }
});

test('an offset counts what is shown', async () => {
  const { page, shown, written } = await crm();
  for (const skip of [0, 1, 5, shown.length - 1, shown.length, COUNT]) {
    assert.deepEqual(idsOf((await page({ skip })).records), shown.slice(skip, skip + 4));
    const all = (await page({ skip }, { ruling: allow() })).records;
    assert.deepEqual(
      idsOf(all),
      written.slice(skip, skip + 4).map(({ record }) => record),
    );
  }
});

test('a cursor goes on where it stands, is good for its walk only, and any id goes for one', async () => {
  const { page, shown, written, vaults } = await crm();
  const { next } = await page({ skip: 2 });
  assert.ok(next !== null);
  assert.deepEqual(idsOf((await page({ after: next, skip: 2 })).records), shown.slice(6, 10));
  const refused = { code: 'invalid', message: /expected a cursor of this table/u };
  await assert.rejects(page({ after: next }, { descending: true }), refused);
  const flipped = (at: number) =>
    `${next.slice(0, at)}${next[at] === 'B' ? 'C' : 'B'}${next.slice(at + 1)}`;
  for (const text of ['', 'x', `${next}xxxx`, next.slice(1), flipped(0), flipped(40)]) {
    await assert.rejects(page({ after: text }), refused, text);
  }
  const other = await vaults.create(CALLER, { ...TABLE, name: 'other' });
  const select = { kind: 'page', after: next, skip: 0, descending: false } as const;
  const foreign = { caller: CALLER, vault: other.id, table: 'persons', redaction: PLAIN };
  await assert.rejects(vaults.get({ ...foreign, select, ruling: allow() }), refused);
  for (const id of [written[3]?.record ?? '', '0190163f-0000-7000-8000-000000000000']) {
    assert.deepEqual(idsOf((await page({ after: id })).records), shown.slice(0, 4));
  }
});

test('what is left of forgotten and hidden records takes no place where records are found by a value', async () => {
  const { vaults, vault, europe, shown } = await crm();
  const select = { kind: 'prefix', column: 'name', beginning: 'n' } as const;
  const base = { caller: CALLER, vault: vault.id, table: 'persons', redaction: PLAIN };
  const got = await vaults.get({ ...base, select, ruling: europe, limit: 5 });
  assert.deepEqual(idsOf(got.records).toSorted(), shown.toSorted().slice(0, 5));
});
