import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { canonicalJson } from '#base/canonical';
import { fieldTable } from '#boundary';
import { migrate, openPool, transaction } from '#platform/db';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { LEAF_KINDS, leafShape, openLedger } from './mod.ts';
import type { Head, Leaf, LeafBody, Ledger } from './mod.ts';
import { verifyLeaves } from './verify.ts';
import { PARTED, sealLeaf } from './leaf.ts';
import { WAITING_MAX } from './writer.ts';

const MIGRATIONS = new URL('../migrations/', import.meta.url);
const ID = '0123456789abcdefghjkmnpqrs';
const PLANE = 'plane-1';

function started(version: string): LeafBody {
  return { kind: 'plane-started', actor: { kind: 'plane' }, version };
}

function queryLeaf(columns: readonly { name: string; show: 'clear'; mask: null }[]): Leaf {
  return {
    v: 1,
    plane: PLANE,
    time: 1,
    kind: 'query',
    actor: { kind: 'subject', id: `sub_${ID}` },
    session: 's1',
    door: 'gateway',
    mode: 'hardened',
    statement: 'query',
    effect: 'allow',
    project: null,
    purpose: null,
    bundleSerial: 7,
    system: { id: `sys_${ID}`, name: 'clinic' },
    sources: [
      {
        source: `src_${ID}`,
        decision: 'dec_0123456789abcdef',
        effect: 'allow',
        filtered: true,
        columns,
        columnsDigest: null,
      },
    ],
    rows: 1,
    durationMicros: 10,
    fingerprint: '0123456789abcdef',
    normalized: 'SELECT "é\\" FROM clinic.patient WHERE id = $1',
  };
}

/** The child of the crash test: appends numbered leaves and says of each that it is durable, until it is killed. */
if (process.env['LEDGER_CRASH_URL'] !== undefined) {
  const pool = openPool({ url: process.env['LEDGER_CRASH_URL'], name: 'crash' });
  const headFile = process.env['LEDGER_CRASH_HEAD'] ?? '';
  const ledger = await openLedger({ pool, plane: PLANE, clock: () => Date.now(), headFile });
  const round = process.env['LEDGER_CRASH_ROUND'] ?? '';
  const file = openSync(process.env['LEDGER_CRASH_OUT'] ?? '', 'a');
  let number = 0;
  const work = async () => {
    for (;;) {
      const version = `${round}.${++number}`;
      await ledger.write(started(version));
      writeSync(file, `${version}\n`);
    }
  };
  await Promise.all(Array.from({ length: 200 }, work));
} else {
  suite();
}

function suite() {
  let cluster: TestCluster;
  let folder: string;

  before(async () => {
    cluster = await startTestCluster();
    folder = mkdtempSync(join(tmpdir(), 'privet-ledger-'));
  });
  after(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  async function fresh(
    clock = () => 1_000,
  ): Promise<{ pool: Pool; ledger: Ledger; headFile: string; url: string }> {
    const { pool, url } = await cluster.createDatabase();
    await migrate(pool, MIGRATIONS);
    const headFile = join(folder, randomBytes(6).toString('hex'));
    return {
      pool,
      url,
      headFile,
      ledger: await openLedger({ pool, plane: PLANE, clock, headFile }),
    };
  }

  describe('leaf', () => {
    test('sealLeaf gives canonical json, with a salted commitment for what people wrote', () => {
      const leaf = queryLeaf([{ name: 'é"\\', show: 'clear', mask: null }]);
      const { normalized, ...rest } = leaf as LeafBody<'query'> & Leaf;
      const { entry, details } = sealLeaf(leaf);
      assert.ok(details);
      assert.equal(Buffer.from(details).toString('utf8', 32), canonicalJson({ normalized }));
      const committed = createHash('sha256').update('privet-ledger-details/v1\n').update(details);
      assert.equal(entry, canonicalJson({ ...rest, details: committed.digest('hex') }));
      const again = sealLeaf(leaf);
      assert.notDeepEqual(again.details?.subarray(0, 32), details.subarray(0, 32));
      assert.notEqual(again.entry, entry);
    });
    test('sealLeaf commits to nothing where there is nothing', () => {
      const { entry, details } = sealLeaf({ ...queryLeaf([]), normalized: null } as Leaf);
      assert.equal(details, null);
      assert.match(entry, /"details":null/u);
      const plain = sealLeaf({ ...started('1'), v: 2, plane: PLANE, time: 1 });
      assert.equal(plain.details, null);
      assert.ok(!plain.entry.includes('details'));
    });
    test('no kind has a field of the name that stands for details', () => {
      for (const kind of LEAF_KINDS) {
        const paths = fieldTable(leafShape.cases[kind]).map((row) => row.path);
        assert.ok(!paths.some((path) => /(?:^|\.)details\b/u.test(path)), kind);
      }
    });
    test('sealLeaf refuses literals, unknown fields and unknown kinds', () => {
      const leaf = queryLeaf([]) as LeafBody<'query'> & Leaf;
      const bad: unknown[] = [
        { ...leaf, normalized: "SELECT '123-45-6789'" },
        { ...leaf, value: 'x' },
        { ...leaf, kind: 'row' },
        { ...leaf, rows: -1 },
      ];
      for (const one of bad) assert.throws(() => sealLeaf(one as Leaf), { code: 'invalid' });
    });
    test('sealLeaf keeps a digest where the columns would not fit', () => {
      const columns = Array.from({ length: 1_600 }, (_, i) => ({
        name: `${'c'.repeat(50)}${i}`,
        show: 'clear' as const,
        mask: null,
      }));
      const leaf = JSON.parse(sealLeaf(queryLeaf(columns)).entry) as { sources: [object] };
      const columnsDigest = createHash('sha256').update(canonicalJson(columns)).digest('hex');
      assert.deepEqual(leaf.sources[0], {
        ...(queryLeaf([]) as LeafBody<'query'>).sources[0],
        columns: null,
        columnsDigest,
      });
    });
    test('docs/formats/ledger-leaf.md lists every kind with its fields', () => {
      const file = new URL('../../../docs/formats/ledger-leaf.md', import.meta.url);
      const text = readFileSync(file, 'utf8');
      const rows = LEAF_KINDS.map((kind) => {
        const common = new Set(['v', 'plane', 'time']);
        const fields = fieldTable(leafShape.cases[kind])
          .filter((row) => !common.has(row.path) && !row.path.startsWith('actor'))
          .map((row) => {
            const [top = ''] = row.path.split(/[.[<]/u);
            const isDetail = top in (PARTED.get(kind)?.details?.fields ?? {});
            return `\`${row.path}\` ${row.field.class}${isDetail ? ' †' : ''}`;
          });
        return `| \`${kind}\` | ${fields.join(', ')} |`;
      });
      const table = [
        '| kind | fields beside `v`, `plane`, `time`, `actor` |',
        '| --- | --- |',
        ...rows,
      ];
      const written = text.slice(text.indexOf(table[0] ?? ''));
      if (process.env['UPDATE_GOLDEN'] === '1') {
        writeFileSync(file, `${text.slice(0, text.length - written.length)}${table.join('\n')}\n`);
      } else {
        assert.equal(written.trimEnd(), table.join('\n'), 'run again with UPDATE_GOLDEN=1');
      }
    });
  });

  describe('ledger', () => {
    test('append is there when the transaction commits and gone when it rolls back', async () => {
      const { pool, ledger } = await fresh();
      await transaction(pool, (tx) => ledger.append(tx, started('1')));
      await assert.rejects(
        transaction(pool, async (tx) => {
          await ledger.append(tx, started('lost'));
          throw new Error('no');
        }),
      );
      const link = await transaction(pool, (tx) => ledger.append(tx, started('2')));
      assert.equal(link.index, 1);
      assert.deepEqual(await ledger.verify(), {
        kind: 'intact',
        checked: 2,
        head: { size: 2, chain: Buffer.from(link.chain) },
      });
      await ledger.close();
    });

    test('writers of several processes interleave without gap or fork', async () => {
      const { pool, ledger, headFile, url } = await fresh();
      const pools = [1, 2].map(() => openPool({ url, name: 'other' }));
      const others = await Promise.all(
        pools.map((other, i) =>
          openLedger({ pool: other, plane: PLANE, clock: () => 5, headFile: `${headFile}.${i}` }),
        ),
      );
      const writes = [ledger, ...others].flatMap((one, i) =>
        Array.from({ length: 300 }, (_, n) => one.write(started(`${i}.${n}`))),
      );
      const appends = Array.from({ length: 20 }, (_, n) =>
        transaction(pool, (tx) => ledger.appendAll(tx, [started(`t${n}`), started(`u${n}`)])),
      );
      const links = [...(await Promise.all(writes)), ...(await Promise.all(appends)).flat()];
      const indices = links.map((link) => link.index).sort((left, right) => left - right);
      assert.deepEqual(
        indices,
        Array.from({ length: 940 }, (_, i) => i),
      );
      const verdict = await ledger.verify();
      assert.equal(verdict.kind, 'intact');
      await Promise.all([ledger, ...others].map((one) => one.close()));
      await Promise.all(pools.map((one) => one.end()));
    });

    test('verify names the first bad leaf for any change of entry, hash, chain or index', async () => {
      const { pool, ledger } = await fresh();
      await Promise.all(Array.from({ length: 40 }, (_, n) => ledger.write(started(String(n)))));
      await ledger.close();
      const harm: [string, number, string][] = [
        [
          `update ledger.leaf set entry = replace(entry, '"plane-1"', '"plane-2"') where index = 7`,
          7,
          'entry',
        ],
        [
          `update ledger.leaf set leaf_hash = set_byte(leaf_hash, 31, get_byte(leaf_hash, 31) # 1) where index = 8`,
          8,
          'entry',
        ],
        [
          `update ledger.leaf set chain = set_byte(chain, 0, get_byte(chain, 0) # 128) where index = 9`,
          9,
          'chain',
        ],
        [`update ledger.leaf set index = 1000 where index = 10`, 10, 'missing'],
        [`delete from ledger.leaf where index = 11`, 11, 'missing'],
        [`delete from ledger.leaf where index >= 30`, 30, 'cut-off'],
        [
          `with two as (select l.*, 25 - l.index as other from ledger.leaf l where l.index in (12, 13))
          update ledger.leaf l set entry = two.entry, leaf_hash = two.leaf_hash, chain = two.chain from two where l.index = two.other`,
          12,
          'chain',
        ],
      ];
      const expected = [{ size: 40, chain: (await ledger.head()).chain }];
      for (const [sql, index, fault] of harm) {
        const verdict = await harmed(pool, sql, expected);
        assert.ok(verdict.kind === 'broken', sql);
        assert.deepEqual({ index: verdict.index, fault: verdict.fault }, { index, fault }, sql);
      }
      assert.equal((await ledger.verify({ from: 20, expected })).kind, 'intact');
      const other = { size: 5, chain: new Uint8Array(32) };
      const verdict = await ledger.verify({ expected: [other] });
      assert.deepEqual(verdict, { kind: 'broken', checked: 5, index: 4, fault: 'head' });
    });

    test('openLedger refuses a database whose tail was cut off or rewritten since', async () => {
      const { pool, ledger, headFile } = await fresh();
      for (const n of [1, 2, 3]) await ledger.write(started(String(n)));
      await ledger.close();
      const open = () => openLedger({ pool, plane: PLANE, clock: () => 1, headFile });
      await pool.query('alter table ledger.leaf disable trigger user');
      const { rows } = await pool.query<{ index: string; chain: Buffer }>(
        'delete from ledger.leaf where index = 2 returning *',
      );
      await assert.rejects(open(), {
        code: 'corrupt',
        message: 'ledger expected at least 3 leaves, got 2',
      });
      await pool.query(
        `insert into ledger.leaf select 2, entry, leaf_hash, leaf_hash from ledger.leaf where index = 1`,
      );
      await assert.rejects(open(), {
        code: 'corrupt',
        message: /leaf 2 expected the chain value/u,
      });
      assert.equal(rows.length, 1);
      writeFileSync(headFile, 'not a head');
      await assert.rejects(open(), { code: 'corrupt' });
      await assert.rejects(openLedger({ pool, plane: 'plane-2', clock: () => 1, headFile }), {
        code: 'corrupt',
      });
    });

    test('the head file follows a busy ledger a little behind, and verify knows of what it lacks', async () => {
      const { pool, ledger, headFile } = await fresh();
      const sizeIn = (path: string) =>
        (JSON.parse(readFileSync(path, 'utf8')) as { size: number }).size;
      const startMs = performance.now();
      let [rewritten, last] = [0, 0];
      for (let n = 1; n <= 60; n++) {
        await ledger.write(started(String(n)));
        const size = existsSync(headFile) ? sizeIn(headFile) : 0;
        if (size !== last) rewritten += 1;
        last = size;
      }
      const most = 2 + (performance.now() - startMs) / 100;
      assert.ok(rewritten <= most, `expected at most ${most} writes of the file, got ${rewritten}`);
      while (sizeIn(headFile) < 60) await sleep(10);
      await ledger.write(started('61'));
      await ledger.write(started('62'));
      await pool.query('alter table ledger.leaf disable trigger user');
      await pool.query('delete from ledger.leaf where index = 61');
      assert.equal((await ledger.verify()).kind, 'broken');
      await ledger.close();
      assert.ok(sizeIn(headFile) >= 60);
    });

    test('a database that was rolled back under a living ledger takes no more leaves', async () => {
      const { pool, ledger, headFile } = await fresh();
      for (let n = 1; n <= 10; n++) await ledger.write(started(String(n)));
      const sizeInFile = () => (JSON.parse(readFileSync(headFile, 'utf8')) as Head).size;
      while (!existsSync(headFile) || sizeInFile() < 10) await sleep(10);
      await pool.query('alter table ledger.leaf disable trigger user');
      await pool.query('delete from ledger.leaf where index >= 2');
      const refused = async () => {
        for (let n = 1; n <= 3_000; n++) {
          await ledger.write(started(`fork-${n}`));
          await sleep(10);
        }
      };
      await assert.rejects(refused(), { code: 'corrupt', message: /expected the 10 leaves/u });
      await assert.rejects(
        transaction(pool, (tx) => ledger.append(tx, started('in-a-transaction'))),
        { code: 'corrupt' },
      );
      assert.equal((await ledger.verify()).kind, 'broken');
      await ledger.close();
      assert.equal(sizeInFile(), 10, 'the evidence stays');
    });

    test('the head file learns of leaves that were appended in a transaction', async () => {
      const { pool, ledger, headFile } = await fresh();
      await transaction(pool, async (tx) => {
        await ledger.appendAll(tx, [started('1'), started('2')]);
        await sleep(250);
      });
      const sizeInFile = () => (JSON.parse(readFileSync(headFile, 'utf8')) as Head).size;
      for (let tries = 0; !existsSync(headFile) || sizeInFile() < 2; tries++) {
        assert.ok(tries < 3_000, 'the head file was not written');
        await sleep(10);
      }
      await pool.query('alter table ledger.leaf disable trigger user');
      await pool.query('delete from ledger.leaf');
      assert.equal((await ledger.verify()).kind, 'broken');
      await ledger.close();
    });

    test('the database refuses update, delete and truncate, to the owner too', async () => {
      const { name, url } = await cluster.createDatabase();
      const admin = openPool({ url, name: 'admin' });
      await admin.query('create role plane_owner login');
      await admin.query(`alter database ${name} owner to plane_owner`);
      await admin.end();
      const pool = openPool({ url: cluster.url(name, 'plane_owner'), name: 'plane' });
      await migrate(pool, MIGRATIONS);
      const headFile = join(folder, 'owner');
      const ledger = await openLedger({ pool, plane: PLANE, clock: () => 1, headFile });
      await ledger.write(started('1'));
      const changes = [
        `update ledger.leaf set entry = '{}'`,
        'delete from ledger.leaf',
        'truncate ledger.leaf',
      ];
      for (const sql of changes) await assert.rejects(pool.query(sql), { code: '42501' }, sql);
      await pool.query('grant update, delete, truncate on ledger.leaf to plane_owner');
      for (const sql of changes) {
        await assert.rejects(pool.query(sql), /the ledger is append-only/u, sql);
      }
      assert.equal((await ledger.verify()).kind, 'intact');
      await ledger.close();
      await pool.end();
    });

    test('details come back with their leaf, and erasing them changes no hash', async () => {
      const { pool, ledger } = await fresh();
      const normalized = 'SELECT email FROM clinic.patient WHERE id = $1';
      const { v: _, plane: __, time: ___, ...body } = queryLeaf([]);
      for (let i = 0; i < 20; i++) {
        await ledger.write({
          ...body,
          normalized: i === 3 ? null : normalized,
        } as LeafBody<'query'>);
      }
      await Promise.all(
        Array.from({ length: 30 }, () =>
          ledger.write({ ...body, normalized } as LeafBody<'query'>),
        ),
      );
      const read = async () => (await ledger.read({ from: 0, limit: 100 })).map(({ leaf }) => leaf);
      const texts = (await read()).map((leaf) => leaf.kind === 'query' && leaf.normalized);
      assert.deepEqual(
        texts,
        Array.from({ length: 50 }, (_, i) => (i === 3 ? null : normalized)),
      );
      const before = await ledger.verify();
      const change = `set details = details || '\\x20' where index = 7`;
      assert.deepEqual(await harmed(pool, `update ledger.leaf ${change}`, []), {
        kind: 'broken',
        checked: 7,
        index: 7,
        fault: 'details',
      });
      for (const bad of [
        change,
        'set details = null, entry = entry || entry',
        `set details = '\\x00'`,
      ]) {
        await assert.rejects(pool.query(`update ledger.leaf ${bad}`), { code: '42501' }, bad);
      }
      await pool.query('update ledger.leaf set details = null where index < 10');
      assert.deepEqual(await ledger.verify(), before);
      const erased = await ledger.read({ from: 9, limit: 2 });
      assert.deepEqual(
        erased.map(({ details, leaf }) => [
          details === null,
          leaf.kind === 'query' && leaf.normalized,
        ]),
        [
          [true, null],
          [false, normalized],
        ],
      );
      await pool.query('alter table ledger.leaf disable trigger user');
      await pool.query(`update ledger.leaf ${change.replace('7', '17')}`);
      await assert.rejects(ledger.read({ from: 17 }), {
        code: 'corrupt',
        message: /details of ledger leaf 17/u,
      });
      await ledger.close();
    });

    test('read filters by kind, actor and time, both ways', async () => {
      let now = 0;
      const { ledger } = await fresh(() => (now += 10));
      for (let i = 0; i < 6; i++) {
        await ledger.write(i % 2 === 0 ? started(String(i)) : queryLeaf([]));
      }
      const indices = async (options: Parameters<Ledger['read']>[0]) =>
        (await ledger.read(options)).map((leaf) => leaf.index);
      assert.deepEqual(await indices({}), [5, 4, 3, 2, 1, 0]);
      assert.deepEqual(await indices({ limit: 2, before: 4 }), [3, 2]);
      assert.deepEqual(await indices({ from: 2, limit: 2 }), [2, 3]);
      assert.deepEqual(await indices({ kinds: ['plane-started'] }), [4, 2, 0]);
      assert.deepEqual(await indices({ kinds: ['query', 'login'], from: 0 }), [1, 3, 5]);
      assert.deepEqual(await indices({ actor: `sub_${ID}` }), [5, 3, 1]);
      assert.deepEqual(await indices({ sinceMs: 30, untilMs: 50 }), [3, 2]);
      await assert.rejects(ledger.read({ limit: 1_001 }), { code: 'limit' });
      await ledger.close();
    });

    test('follow gives old leaves and then new ones', async () => {
      const { ledger } = await fresh();
      const stop = new AbortController();
      await ledger.write(started('1'));
      const seen: number[] = [];
      for await (const leaf of ledger.follow({ from: 0, signal: stop.signal })) {
        seen.push(leaf.index);
        if (leaf.index === 2) stop.abort();
        else await ledger.write(started(String(leaf.index + 2)));
      }
      assert.deepEqual(seen, [0, 1, 2]);
      await ledger.close();
    });
  });

  describe('writer', () => {
    test('write refuses at once when too much waits, and what was taken is kept', async () => {
      const { pool, ledger } = await fresh();
      const client = await pool.connect();
      await client.query('begin');
      await client.query('select pg_advisory_xact_lock(533437)');
      const taken = Array.from({ length: WAITING_MAX }, (_, i) => ledger.write(started(String(i))));
      await assert.rejects(ledger.write(started('late')), { code: 'limit' });
      await client.query('commit');
      client.release();
      assert.equal((await Promise.all(taken)).at(-1)?.index, WAITING_MAX - 1);
      await ledger.close();
      await assert.rejects(ledger.write(started('closed')), { code: 'unavailable' });
    });

    test('write gathers what may come soon, and takes it along with what is wanted now', async () => {
      const { pool, ledger } = await fresh();
      const soon = ['a', 'b', 'c', 'd'].map(async (version) => {
        await sleep(1);
        return ledger.write(started(version), 'soon');
      });
      await Promise.all(soon);
      const patient = ledger.write(started('patient'), 'soon');
      const now = ledger.write(started('now'));
      assert.deepEqual([(await patient).index, (await now).index], [4, 5]);
      const { rows } = await pool.query<{ times: number }>(
        'select count(distinct xmin::text)::int as times from ledger.leaf',
      );
      assert.equal(rows[0]?.times, 2);
      await ledger.close();
    });

    test('write rejects while the database is gone and works again when it is back', async () => {
      const { pool, ledger, url, headFile } = await fresh();
      await ledger.write(started('1'));
      await pool.query('alter table ledger.leaf rename to hidden');
      const refused = Array.from({ length: 30 }, (_, i) => ledger.write(started(String(i))));
      for (const one of refused) await assert.rejects(one, { code: 'unavailable' });
      await pool.query('alter table ledger.hidden rename to leaf');
      assert.equal((await ledger.write(started('2'))).index, 1);
      await ledger.close();
      const away = openPool({ url: url.replace(/host=[^&]+/u, 'host=%2Fnowhere'), name: 'away' });
      await assert.rejects(openLedger({ pool: away, plane: PLANE, clock: () => 1, headFile }), {
        code: 'unavailable',
      });
      await away.end();
    });

    test('kill -9 at any moment loses nothing that was acknowledged and breaks nothing', async () => {
      const { pool, ledger, url, headFile } = await fresh();
      await ledger.close();
      const acknowledged: string[] = [];
      for (let round = 0; round < 4; round++) {
        acknowledged.push(
          ...(await killedChild({ url, headFile, round, afterMs: 250 + 137 * round })),
        );
      }
      assert.ok(acknowledged.length > 1_000, `only ${acknowledged.length} leaves before the kills`);
      const again = await openLedger({ pool, plane: PLANE, clock: () => 1, headFile });
      const verdict = await again.verify();
      assert.equal(verdict.kind, 'intact');
      const { rows } = await pool.query<{ version: string; times: number }>(
        `select entry::jsonb ->> 'version' as version, count(*)::int as times from ledger.leaf group by 1`,
      );
      const times = new Map(rows.map((row) => [row.version, row.times]));
      for (const version of acknowledged) assert.equal(times.get(version), 1, version);
      await again.close();
    });
  });
}

async function harmed(pool: Pool, sql: string, expected: readonly Head[]) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('alter table ledger.leaf disable trigger user');
    await client.query(sql);
    return await verifyLeaves(client, { plane: PLANE, expected });
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** Runs this file as the child until it is killed; gives what it said to be durable (whole lines only). */
async function killedChild(options: {
  url: string;
  headFile: string;
  round: number;
  afterMs: number;
}): Promise<readonly string[]> {
  const out = `${options.headFile}.out${options.round}`;
  writeFileSync(out, '');
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    env: {
      ...process.env,
      LEDGER_CRASH_URL: options.url,
      LEDGER_CRASH_HEAD: options.headFile,
      LEDGER_CRASH_ROUND: String(options.round),
      LEDGER_CRASH_OUT: out,
    },
    stdio: 'ignore',
  });
  while (readFileSync(out).length === 0) await sleep(10);
  await sleep(options.afterMs);
  const gone = new Promise((resolve) => child.on('close', resolve));
  assert.ok(child.kill('SIGKILL'), 'the child ended before it was killed');
  await gone;
  return readFileSync(out, 'utf8').split('\n').slice(0, -1);
}
