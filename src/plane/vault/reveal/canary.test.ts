import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '#base/problem';
import type { RulingOf, VaultProposal, WriteRow } from '../mod.ts';
import {
  allow,
  CALLER,
  PLAIN,
  piecesOf,
  ruling,
  tokenOf,
  vaultStand,
  WRITE_ALL,
} from '../testvault.ts';
import type { WrittenRow } from '../testvault.ts';

// Whoever touches a canary is told of, most of all when the answer is no.

const stand = vaultStand();

const PEOPLE: VaultProposal = {
  name: 'crm',
  tables: [
    {
      name: 'persons',
      columns: [
        {
          name: 'email',
          type: 'string',
          unique: true,
          tokens: [{ shape: { kind: 'email' }, deterministic: true }],
        },
        {
          name: 'name',
          type: 'string',
          prefixIndex: { min: 2, max: 4 },
          tokens: [{ shape: { kind: 'uuid' } }],
        },
        { name: 'region', type: 'string' },
        { name: 'scan', type: 'file' },
      ],
    },
  ],
};
const EMAIL = 'planted@example.com';
const REAL = 'ada@example.com';

async function planted() {
  const opened = await stand.make(PEOPLE);
  const { vaults, vault, column } = opened;
  const insert = (fields: WriteRow['fields'], canary: boolean): WriteRow => ({
    kind: 'insert',
    table: 'persons',
    fields,
    canary,
  });
  const rows = [
    insert({ email: EMAIL, name: 'Zoe', region: 'US' }, true),
    insert({ email: REAL, name: 'Ada', region: 'US' }, false),
  ];
  const terms = { caller: CALLER, vault: vault.id, rulings: WRITE_ALL };
  const [canary, real] = (await vaults.write({ ...terms, rows })) as readonly WrittenRow[];
  const base = { caller: CALLER, vault: vault.id, table: 'persons' };
  const denied: RulingOf = () => ({ ...ruling(() => null), effect: 'deny' });
  const europe: RulingOf = () => ({
    ...ruling((_, valueOf) => (valueOf(column('region')) === 'EU' ? 'PLAIN_TEXT' : null)),
    reads: [column('region')],
  });
  assert.deepEqual(await opened.alarms(), []);
  /** How many alarms the act raises, which is refused: in words of the vault, or by finding nothing. */
  const raised = async (act: () => Promise<unknown>): Promise<number> => {
    const before = (await opened.alarms()).length;
    await act().catch((thrown: unknown) => {
      if (!(thrown instanceof Problem)) throw thrown;
    });
    const alarms = (await opened.alarms()).slice(before);
    assert.ok(alarms.every((one) => one === 'canary'));
    return alarms.length;
  };
  return { ...opened, canary, real, base, denied, europe, raised };
}

/** The same act on the canary raises the alarm, on another record it does not. */
test('a canary raises the alarm for whoever is refused: by token, by id, by value, by beginning', async () => {
  const { vaults, base, canary, real, denied, europe, raised } = await planted();
  for (const rule of [denied, europe]) {
    const get = { ...base, redaction: PLAIN, ruling: rule };
    const acts = (row: WrittenRow | undefined, email: string, beginning: string) => [
      () =>
        vaults.detokenise({
          ...base,
          ruling: rule,
          tokens: [{ token: tokenOf(row, 'name'), redaction: PLAIN }],
        }),
      () =>
        vaults.detokenise({
          ...base,
          ruling: rule,
          tokens: [{ token: tokenOf(row, 'email'), redaction: PLAIN }],
        }),
      () => vaults.get({ ...get, select: { kind: 'ids', ids: [row?.record ?? ''] } }),
      () => vaults.get({ ...get, select: { kind: 'values', column: 'email', values: [email] } }),
      () => vaults.get({ ...get, select: { kind: 'prefix', column: 'name', beginning } }),
      () =>
        vaults.tokenise({
          ...base,
          ruling: rule,
          values: [{ value: email, in: { table: 'persons', column: 'email' } }],
        }),
    ];
    for (const [place, act] of acts(canary, EMAIL, 'Zo').entries()) {
      assert.equal(await raised(act), 1, `act ${place} on the canary`);
    }
    for (const [place, act] of acts(real, REAL, 'Ad').entries()) {
      assert.equal(await raised(act), 0, `act ${place} on another record`);
    }
  }
});

test('a canary raises the alarm for whoever may not change, remove, fill or link it', async () => {
  const { vaults, base, vault, canary, real, denied, europe, raised } = await planted();
  for (const rule of [denied, europe]) {
    const rulings = { insert: rule, update: rule, tokenize: rule };
    const write = (...rows: readonly WriteRow[]) =>
      vaults.write({ caller: CALLER, vault: vault.id, rows, rulings });
    const acts = (id: string, email: string) => {
      const update: WriteRow = { kind: 'update', table: 'persons', id, fields: { region: 'EU' } };
      const place = { ...base, record: id, column: 'scan', ruling: rule };
      const upsert = { kind: 'insert', table: 'persons', fields: { email, region: 'EU' } } as const;
      return [
        () => write(update),
        () => write({ ...update, fields: { region: 'EU', height: 3 } }, update),
        () => write({ ...upsert, upsert: 'email' }),
        () => vaults.remove({ ...base, records: [id], ruling: rule }),
        () => vaults.download(place),
        () => vaults.link({ ...place, asker: null, ttlSeconds: 60 }),
        () => vaults.upload({ ...place, name: 'scan', content: piecesOf('text') }),
        () => vaults.removeFile(place),
      ];
    };
    for (const [place, act] of acts(canary?.record ?? '', EMAIL).entries()) {
      assert.equal(await raised(act), 1, `act ${place} on the canary`);
    }
    for (const [place, act] of acts(real?.record ?? '', REAL).entries()) {
      assert.equal(await raised(act), 0, `act ${place} on another record`);
    }
  }
});

test('a canary raises the alarm where the budget or the right to tokens is lacking', async () => {
  const { vaults, base, vault, canary, column, raised, alarms } = await planted();
  const names: RulingOf = () => ruling((id) => (id === column('name') ? 'PLAIN_TEXT' : null));
  const tokens = [{ token: tokenOf(canary, 'email'), redaction: PLAIN }];
  assert.equal(await raised(() => vaults.detokenise({ ...base, ruling: names, tokens })), 1);
  const row = {
    kind: 'update',
    table: 'persons',
    id: canary?.record ?? '',
    fields: { email: 'new@example.com' },
    wantsTokens: true,
  } as const;
  const rulings = { ...WRITE_ALL, tokenize: names };
  const write = () => vaults.write({ caller: CALLER, vault: vault.id, rows: [row], rulings });
  assert.equal(await raised(write), 1);
  const budget = { valuesMax: 0, windowMs: 60_000 };
  const spent = { ...base, ruling: allow(), tokens, budget };
  await assert.rejects(vaults.detokenise(spent), { code: 'limit' });
  assert.deepEqual((await alarms()).slice(-2), ['canary', 'over-budget']);
});
