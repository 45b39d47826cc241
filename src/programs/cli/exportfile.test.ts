import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openExportWriter } from './exportfile.ts';

const folder = mkdtempSync(join(tmpdir(), 'privet-export-'));
after(() => rmSync(folder, { recursive: true }));

const frame = (kind: string, body: Buffer) => {
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
};
const json = (value: object) => Buffer.from(JSON.stringify(value));
const part = (records: number, size: number) => {
  const body = Buffer.alloc(4 + size, 7);
  body.writeUInt32BE(records);
  return body;
};
const START = { export: 'exp_1', vault: 'vlt_1', recipient: 'r', records: 9 };
const MAGIC = Buffer.from('privet/vault-export/v2\n');
const FIRST = Buffer.concat([
  MAGIC,
  frame('S', json(START)),
  frame('P', part(5, 900)),
  frame('F', part(0, 50)),
]);
const REST = Buffer.concat([
  frame('F', part(0, 60)),
  frame('P', part(4, 10)),
  frame('M', json({ text: '{}', signature: 's' })),
]);

async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('an export is written frame by frame, however it comes, and gone on with behind a part with records', async () => {
  for (const size of [1, 7, 4_096]) {
    const path = join(folder, `came-${size}`);
    const broken = await openExportWriter(path);
    await assert.rejects(broken.append(pieces(FIRST.subarray(0, -20), size)), {
      code: 'unavailable',
    });
    await broken.close();
    const writer = await openExportWriter(path);
    assert.deepEqual(writer.now().start, START);
    await writer.rewind();
    assert.deepEqual(
      writer.now().parts.map(({ records }) => records),
      [5],
    );
    await writer.append(pieces(REST, size));
    assert.deepEqual(
      writer.now().parts.map(({ kind, records, sizeBytes }) => [kind, records, sizeBytes]),
      [
        ['records', 5, 900],
        ['files', 0, 60],
        ['records', 4, 10],
      ],
    );
    assert.equal(writer.now().manifest?.signature, 's');
    await writer.close();
  }
});

test('what an export ended with is told, and neither links nor other files are written over', async () => {
  const writer = await openExportWriter(join(folder, 'ended'));
  const told = frame('E', json({ code: 'conflict', message: 'no more', hint: null }));
  const content = pieces(Buffer.concat([MAGIC, told]), 9);
  await assert.rejects(writer.append(content), { message: 'the export ended: no more' });
  await writer.close();
  writeFileSync(join(folder, 'mine'), 'something else altogether');
  await assert.rejects(openExportWriter(join(folder, 'mine')), { code: 'invalid' });
  symlinkSync(join(folder, 'mine'), join(folder, 'link'));
  await assert.rejects(openExportWriter(join(folder, 'link')), { message: /ELOOP/u });
});

test('where there is no room, the export says so and can be gone on with', async () => {
  const path = join(folder, 'full');
  const module = new URL('exportfile.ts', import.meta.url).href;
  const program = `
    const { openExportWriter } = await import(${JSON.stringify(module)});
    const writer = await openExportWriter(${JSON.stringify(path)});
    const bytes = Buffer.from(process.argv[1], 'base64');
    try { await writer.append((async function* () { yield bytes; })()); } catch (thrown) {
      process.stdout.write(thrown.code + ' ' + thrown.message + ' ' + thrown.hint);
    }`;
  const large = Buffer.concat([FIRST, frame('P', part(1, 20_000))]).toString('base64');
  // A file of this process may have 2,048 bytes.
  const args = ['-c', 'ulimit -f 2; exec "$@"', 'sh', process.execPath];
  const run = spawnSync('bash', [...args, '--input-type=module', '-e', program, large]);
  assert.match(run.stdout.toString(), /^limit there is no room for the export \(E\w+\) make room/u);
  const writer = await openExportWriter(path);
  await writer.rewind();
  assert.equal(writer.now().parts.length, 1);
  await writer.append(pieces(REST, 100));
  assert.equal(writer.now().parts.length, 3);
  await writer.close();
});
