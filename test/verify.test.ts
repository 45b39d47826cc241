import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HARMS, harmLog, makeLog } from './stand/log.ts';
import type { LogStand } from './stand/log.ts';
import { checkEgress, readFlows } from '../verify/egress.ts';
import type { Leaf } from '../verify/log.ts';
import { checkKeyTrail, readTrail } from '../verify/keytrail.ts';
import { Unreadable } from '../verify/finding.ts';
import { checkOutbox, readOutbox } from '../verify/outbox.ts';
import { readPolicy } from '../verify/policy.ts';
import { openStore } from '../verify/store.ts';
import { verifyEvidence } from '../verify/verification.ts';
import { hash } from 'node:crypto';

const MAIN = new URL('../verify/main.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'privet-verify-'));
after(() => rmSync(folder, { recursive: true, force: true }));

type Outcome = { readonly status: number | null; readonly text: string };

function verify(stand: LogStand, more: readonly string[] = []): Outcome {
  const { directory } = stand;
  const trail = ['--key-trail', join(directory, 'trail')];
  const given = ['--log', directory, '--policy', join(directory, 'policy'), ...trail, ...more];
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...given], {
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
}

const evidenceOf = ({ directory }: LogStand) => [
  ...readdirSync(join(directory, 'checkpoints')).flatMap((name) => [
    '--earlier',
    join(directory, 'checkpoints', name),
  ]),
  ...readdirSync(join(directory, 'proofs')).flatMap((name) => [
    '--proof',
    join(directory, 'proofs', name),
  ]),
];

for (const leaves of [0, 1, 255, 256, 257, 600]) {
  test(`the verifier accepts a log of ${leaves} leaves`, () => {
    const stand = makeLog(join(folder, `whole-${leaves}`), { leaves, earlier: [1, 255, 300] });
    const more = leaves > 1 ? evidenceOf(stand) : [];
    const { status, text } = verify(stand, more);
    assert.equal(status, 0, text);
    assert.match(text, new RegExp(`^  ✓ the checkpoint of ${leaves} leaves is signed`, 'mu'));
    assert.match(text, /^not checked$/mu);
  });
}

/** What the verifier must say of each harm; an earlier checkpoint is needed to see that a log was replayed or forked. */
const SAYS: Readonly<Record<(typeof HARMS)[number], RegExp>> = {
  'flipped-entry': /✗ leaf 512: (?:its entry is not the one|it is no leaf)/u,
  'dropped-tail': /✗ bundle 2: it is missing, or has not the entries/u,
  'swapped-entries': /✗ leaf 512: its entry is not the one its hash was made of/u,
  'flipped-tile': /✗ leaf 0: its entry is not the one/u,
  'missing-tile': /✗ tile 0\/0: it is missing/u,
  forked: /✗ earlier checkpoint of size 600: this log does not continue it/u,
  replayed: /✗ earlier checkpoint of size 600: the log had more leaves/u,
  'other-origin': /✗ checkpoint: origin `privet.example\/other` is no log of the policy/u,
  'no-quorum': /✗ checkpoint: only 1 of the witnesses .* no quorum/u,
  'unlogged-unwrap':
    /✗ key trail: key `source\/src_unlogged` version 1 was unwrapped at .* no leaf/u,
};

for (const harm of HARMS) {
  test(`the verifier refuses a log that was harmed: ${harm}`, () => {
    const stand = makeLog(join(folder, `harmed-${harm}`), { leaves: 600, earlier: [300] });
    const kept = join(folder, `kept-${harm}`);
    writeFileSync(kept, readFileSync(join(stand.directory, 'checkpoint')));
    harmLog(stand, harm);
    const { status, text } = verify(stand, ['--earlier', kept]);
    assert.equal(status, 1, text);
    assert.match(text, SAYS[harm]);
  });
}

test('the verifier refuses a log with any one byte of any file changed', () => {
  const stand = makeLog(join(folder, 'bytes'), { leaves: 300 });
  const files = readdirSync(stand.directory, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && /tile|checkpoint/u.test(join(one.parentPath, one.name)))
    .map((one) => join(one.parentPath, one.name));
  let tried = 0;
  for (const [i, file] of files.entries()) {
    const whole = readFileSync(file);
    for (const at of [0, Math.floor(whole.length / 3) + i, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[Math.min(at, whole.length - 1)] = (changed[Math.min(at, whole.length - 1)] ?? 0) ^ 4;
      writeFileSync(file, changed);
      assert.ok(isRefused(stand), `${file} at ${at}`);
      tried++;
    }
    writeFileSync(file, whole);
  }
  assert.ok(tried >= 12, `${tried}`);
  assert.ok(!isRefused(stand));
});

/** The same by a call, for many tries. */
function isRefused({ directory, policy }: LogStand): boolean {
  const none = { earlier: [], proofs: [], incidents: [], unwraps: null, facts: null, flows: null };
  const store = openStore(directory);
  try {
    const given = { ...none, store, policy: readPolicy(policy), onProgress: () => undefined };
    return verifyEvidence(given).findings.length > 0;
  } catch (error) {
    assert.ok(error instanceof Unreadable, String(error));
    return true;
  }
}

test('the verifier says what it did not check, and tells wrong use apart', () => {
  const stand = makeLog(join(folder, 'use'), { leaves: 3 });
  const report = JSON.parse(verify(stand, ['--json']).text) as { unchecked: string[] };
  assert.ok(report.unchecked.some((line) => line.includes('--outbox')));
  assert.ok(report.unchecked.some((line) => line.includes('reads of memory')));
  assert.equal(verify(stand, ['--no-such-flag']).status, 2);
  assert.equal(verify({ ...stand, directory: join(folder, 'nowhere') }).status, 2);
  assert.match(
    execFileSync(process.execPath, [MAIN, '--help'], { encoding: 'utf8' }),
    /Exit codes/u,
  );
});

test('the verifier uses nothing but Node and itself', () => {
  const own = new URL('../verify/', import.meta.url);
  for (const name of readdirSync(own).filter((one) => one.endsWith('.ts'))) {
    const text = readFileSync(new URL(name, own), 'utf8');
    for (const [, from = ''] of text.matchAll(/from '([^']+)'/gu)) {
      assert.match(
        from,
        /^(?:node:(?:crypto|fs|path|util)|\.\/[a-z]+\.ts)$/u,
        `${name} takes ${from}`,
      );
    }
    assert.doesNotMatch(text, /\bimport\(|\brequire\(|\bfetch\(/u, name);
  }
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', own), 'utf8')) as Record<
    string,
    object | undefined
  >;
  assert.equal(dependencies, undefined);
});

const leaf = (index: number, kind: string, body: object): Leaf => ({
  index,
  entry: Buffer.alloc(0),
  body: { kind, time: 1_000_000 * index, ...body },
});

test('a key trail of AWS is read, and an unwrap before its leaf has none', () => {
  const event = (eventTime: string, errorCode?: string) => ({
    eventName: 'Decrypt',
    eventTime,
    errorCode,
    requestParameters: { encryptionContext: { plane: 'p', scope: 's', version: '2' } },
  });
  const trail = readTrail(
    JSON.stringify({
      Records: [event('1970-01-01T00:16:41Z'), event('1970-01-01T00:17:00Z', 'AccessDenied')],
    }),
  );
  assert.deepEqual(trail, [{ atMs: 1_001_000, scope: 's', version: 2 }]);
  const good = checkKeyTrail(trail);
  good.see(leaf(1, 'key-unwrapped', { scope: 's', version: 2 }));
  assert.deepEqual(good.report().findings, []);
  const twice = checkKeyTrail([...trail, ...trail]);
  twice.see(leaf(1, 'key-unwrapped', { scope: 's', version: 2 }));
  assert.equal(twice.report().findings.length, 1, 'one leaf announces one unwrap');
});

test('an outbox is held against the leaves, byte for byte', () => {
  const texts = ['{"kind":"heartbeat","number":1}', '{"kind":"heartbeat","number":2}'];
  const digest = hash('sha256', `[${texts.join(',')}]`);
  const entries = texts.map((text, i) => ({
    number: i + 1,
    kind: 'heartbeat',
    text,
    sentAtMs: 1,
    refused: false,
  }));
  const check = (list: readonly object[], sendings: readonly object[]) => {
    const found = checkOutbox(readOutbox(list.map((one) => JSON.stringify(one)).join('\n')));
    sendings.forEach((sending, i) => found.see(leaf(i, 'facts-sent', sending)));
    return found.report().findings.map(({ what }) => what);
  };
  const sending = { from: 1, through: 2, facts: 2, digest };
  assert.deepEqual(check(entries, [sending]), []);
  assert.match(check(entries, []).join(), /it was sent, and no leaf says so/u);
  const gap = [entries[0] ?? {}, { ...entries[1], number: 3 }];
  assert.match(check(gap, [sending]).join(), /not all in the outbox/u);
  const other = [{ ...entries[0], text: '{"kind":"heartbeat","number":3}' }, entries[1] ?? {}];
  assert.match(check(other, [sending]).join(), /are not what was sent/u);
});

test('connections are held against rules, their own ends, and the network', () => {
  const named = { workload: 'border', purpose: 'control', host: 'a.example', port: 443 };
  const rule = leaf(1, 'egress-rule-added', { rule: 'r', expiresAtMs: 9_000_000, ...named });
  const opened = (index: number, rule: string, changes: object = {}) =>
    leaf(index, 'egress-opened', {
      connection: 'c',
      rule,
      address: '192.0.2.7',
      ...named,
      ...changes,
    });
  const closed = (index: number, bytesOut: number) =>
    leaf(index, 'egress-closed', { connection: 'c', bytesOut, bytesIn: 0 });
  const flows = (bytes: number) =>
    readFlows(
      `version account-id\n2 1 eni 10.0.0.5 192.0.2.7 40000 443 6 10 ${bytes} 1 2 ACCEPT OK\n2 1 eni 10.0.0.5 198.51.100.9 1 443 6 1 999 1 2 REJECT OK`,
      ['10.0.0.5'],
    );
  const check = (leaves: readonly Leaf[], bytes: number | null = null) => {
    const found = checkEgress(bytes === null ? null : flows(bytes));
    for (const one of leaves) found.see(one);
    return found
      .report()
      .findings.map(({ what }) => what)
      .join();
  };
  assert.equal(check([rule, opened(2, 'r'), closed(3, 500)], 600), '');
  assert.match(
    check([rule, opened(2, 'q'), closed(3, 500)]),
    /under a rule that no leaf tells of/u,
  );
  assert.equal(check([opened(2, 'setting-control'), closed(3, 1)]), '');
  const ofSettings = { rule: 'setting-control', expiresAtMs: null, ...named };
  const told = leaf(1, 'egress-rule-added', ofSettings);
  assert.equal(check([told, opened(2, 'setting-control'), closed(3, 1)]), '');
  for (const [one, id] of [
    [told, 'setting-control'],
    [rule, 'r'],
  ] as const) {
    for (const change of [
      { host: 'b.example' },
      { port: 80 },
      { workload: 'x' },
      { purpose: 'x' },
    ]) {
      assert.match(check([one, opened(2, id, change)]), /its rule does not let out/u);
    }
  }
  assert.match(check([rule, opened(9, 'r')]), /under a rule that had expired/u);
  assert.match(check([rule, closed(3, 1)]), /never opened/u);
  assert.match(check([rule, opened(2, 'r'), closed(3, 1), closed(4, 1)]), /that was closed/u);
  assert.match(
    check([rule, opened(2, 'r'), closed(3, 500)], 900_000),
    /900000 bytes went to 192.0.2.7 port 443; the log accounts for 500/u,
  );
  assert.match(check([rule], 10), /10 bytes went to 192.0.2.7 port 443; the log accounts for 0/u);
});
