import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VaultProposal } from './mod.ts';
import { allow, CALLER, PLAIN, WRITE_ALL, vaultStand } from './testvault.ts';

const stand = vaultStand();

const PEOPLE: VaultProposal = {
  name: 'crm',
  tables: [
    {
      name: 'persons',
      subject: 'customer',
      columns: [
        { name: 'customer', type: 'string', nullable: false, exactIndex: true },
        { name: 'name', type: 'string', tokens: [{ shape: { kind: 'uuid' } }] },
        {
          name: 'email',
          type: 'string',
          unique: true,
          tokens: [{ shape: { kind: 'email' }, deterministic: true }],
          mask: { find: '^(.).*(@.*)$', replace: '${1}***${2}' },
        },
        { name: 'age', type: 'int32' },
      ],
    },
  ],
};
const ADA = { customer: 'c1', name: 'Ada Example', email: 'ada@example.com', age: 36 };

test('insert gives ids and tokens, get and detokenise give the values back', async () => {
  const { vaults, leaves } = await stand.open();
  const vault = await vaults.create(CALLER, PEOPLE);
  const rows = [{ kind: 'insert', table: 'persons', fields: ADA }] as const;
  const [outcome] = await vaults.write({
    caller: CALLER,
    vault: vault.id,
    rows,
    rulings: WRITE_ALL,
  });
  assert.ok(outcome?.kind === 'written');
  const tokens = Object.fromEntries(outcome.tokens.map(({ column, token }) => [column, token]));
  assert.match(tokens['email'] ?? '', /^[a-z][a-z0-9]{15}@example\.com$/u);
  const base = {
    caller: CALLER,
    vault: vault.id,
    table: 'persons',
    ruling: allow(),
    redaction: PLAIN,
  };
  const byId = await vaults.get({ ...base, select: { kind: 'ids', ids: [outcome.record] } });
  assert.deepEqual(byId.records[0]?.fields, ADA);
  const byEmail = await vaults.get({
    ...base,
    redaction: 'MASKED',
    select: { kind: 'values', column: 'email', values: ['ada@example.com'] },
  });
  assert.equal(byEmail.records[0]?.fields['email'], 'a***@example.com');
  const shown = await vaults.detokenise({
    caller: CALLER,
    vault: vault.id,
    ruling: allow(),
    tokens: [tokens['name'], tokens['email'], 'nobody'].map((token) => ({
      token: token ?? '',
      redaction: PLAIN,
    })),
  });
  assert.deepEqual(
    shown.map((one) => (one.kind === 'value' ? one.json : one.problem.code)),
    ['Ada Example', 'ada@example.com', 'not-found'],
  );
  const kinds = (await leaves())
    .map(({ leaf }) => leaf.kind)
    .filter((kind) => kind.startsWith('vault-'));
  assert.deepEqual(kinds, [
    'vault-schema',
    'vault-written',
    'vault-revealed',
    'vault-revealed',
    'vault-revealed',
  ]);
});
