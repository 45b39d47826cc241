import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newPassword, readPassfile, writePassfile } from './passfile.ts';

const DOOR = { host: '127.0.0.1', port: 5439 };

test('writePassfile and readPassfile agree, and only the owner may read', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'privet-passfile-'));
  const path = join(directory, 'demo.pgpass');
  try {
    await writeFile(`${path}.new`, 'left behind by a killed run', { mode: 0o644 });
    const passwords = new Map([
      ['ada', newPassword()],
      ['nightly-report+tok_1', newPassword()],
    ]);
    await writePassfile(path, DOOR, passwords);
    assert.deepEqual(await readPassfile(path), passwords);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.match(await readFile(path, 'utf8'), /^127\.0\.0\.1:5439:\*:ada:/mu);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('readPassfile gives nothing where there is no file', async () => {
  assert.equal((await readPassfile('/nonexistent/demo.pgpass')).size, 0);
});

test('newPassword never repeats and needs no quoting', () => {
  const passwords = new Set(Array.from({ length: 100 }, () => newPassword()));
  assert.equal(passwords.size, 100);
  for (const password of passwords) assert.match(password, /^[\w-]{24}$/u);
});
