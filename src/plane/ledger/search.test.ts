import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openLedger } from './mod.ts';
import type { LeafBody, Ledger, SearchOptions } from './mod.ts';

const ID = '0123456789abcdefghjkmnpqrs';
const ADA = { kind: 'subject', id: `sub_${ID}` } as const;
const EVE = { kind: 'subject', id: 'sub_1123456789abcdefghjkmnpqrs' } as const;

describe('search', () => {
  let cluster: TestCluster;
  let ledger: Ledger;
  let now = 0;
  const folder = mkdtempSync(join(tmpdir(), 'privet-search-'));

  before(async () => {
    cluster = await startTestCluster();
    const { pool } = await cluster.createDatabase();
    await migrate(pool, new URL('../migrations/', import.meta.url));
    const headFile = join(folder, 'head');
    ledger = await openLedger({ pool, plane: 'plane-1', clock: () => now, headFile });
    const system = { id: `sys_${ID}`, name: 'clinic_100%' } as const;
    const leaves: readonly LeafBody[] = [
      { kind: 'plane-started', actor: { kind: 'plane' }, version: '1.0.0' },
      { kind: 'source-removed', actor: ADA, system },
      { kind: 'source-removed', actor: EVE, system: { ...system, name: 'clinic_1000' } },
      { kind: 'facts-dropped', actor: { kind: 'plane' }, facts: 3 },
      unmask('Straße 7, the Subject asked'),
      { kind: 'plane-stopped', actor: { kind: 'plane' }, version: '1.0.0' },
    ];
    for (const leaf of leaves) {
      now += 1_000;
      await ledger.write(leaf);
    }
  });
  after(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  function unmask(reason: string): LeafBody {
    return {
      kind: 'unmask',
      actor: ADA,
      session: 's1',
      source: `src_${ID}`,
      column: 'ssn',
      scope: 'source/x',
      decision: 'dec_0123456789abcdef',
      bundleSerial: 1,
      reason,
      masked: 'a'.repeat(64),
    };
  }

  const cases: readonly (readonly [Omit<SearchOptions, 'limit'>, readonly number[]])[] = [
    [{}, [5, 4, 3, 2, 1, 0]],
    [{ kinds: ['source-removed'] }, [2, 1]],
    [{ actor: ADA.id }, [4, 1]],
    [{ actor: ADA.id, kinds: ['unmask', 'query'] }, [4]],
    [{ about: 'clinic_100%' }, [1]],
    [{ about: 'clinic_100' }, []],
    [{ about: `src_${ID}` }, [4]],
    [{ text: 'CLINIC_100' }, [2, 1]],
    [{ text: '100%' }, [1]],
    [{ text: 'straße 7' }, [4]],
    [{ text: 'the subject' }, [4]],
    [{ text: '"; drop table' }, []],
    [{ sinceMs: 2_000, untilMs: 4_000 }, [2, 1]],
    [{ sinceMs: 6_000 }, [5]],
    [{ sinceMs: 7_000 }, []],
    [{ before: 2, kinds: ['plane-started', 'source-removed'] }, [1, 0]],
  ];
  for (const [options, expected] of cases) {
    test(`finds ${JSON.stringify(options)}`, async () => {
      const { items, next } = await ledger.search({ ...options, limit: 100 });
      assert.deepEqual(
        items.map(({ index }) => index),
        expected,
      );
      assert.equal(next, null);
    });
  }

  test('goes on where it stopped, until all was looked through', async () => {
    const found: number[] = [];
    let before: number | null = Number.MAX_SAFE_INTEGER;
    while (before !== null) {
      const page = await ledger.search({ before, limit: 2, text: 'plane' });
      found.push(...page.items.map(({ index }) => index));
      before = page.next;
    }
    assert.deepEqual(found, [5, 4, 3, 2, 1, 0]);
  });

  test('refuses more than an answer may hold, and long texts', async () => {
    await assert.rejects(ledger.search({ limit: 1_001 }), { code: 'limit' });
    await assert.rejects(ledger.search({ limit: 1, text: 'x'.repeat(201) }), { code: 'limit' });
  });
});
