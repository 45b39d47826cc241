import assert from 'node:assert/strict';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fromHex, hex } from '#base/bytes';
import { Problem } from '#base/problem';
import { openFileProvider } from './fileprovider.ts';

const CONTEXT = { plane: 'pln_example', scope: 'rolling/credentials', version: '1' };
const DATA_KEY = Uint8Array.from({ length: 32 }, (_, i) => i);

async function pathFor(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'privet-kms-'));
  t.after(() => rm(directory, { recursive: true }));
  return join(directory, 'keys', 'master.key');
}

function isProblem(code: string) {
  return (thrown: unknown) => thrown instanceof Problem && thrown.code === code;
}

test('openFileProvider makes a guarded key file and wraps what it unwraps', async (t) => {
  const path = await pathFor(t);
  const first = await openFileProvider({ path, create: true });
  assert.equal(first.created, true);
  assert.match(first.warning, /key service in production/u);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(join(path, '..')), ['master.key']);
  const wrapped = await first.provider.wrap(DATA_KEY, CONTEXT);
  const again = await openFileProvider({ path, create: true });
  assert.equal(again.created, false);
  assert.deepEqual(await again.provider.unwrap(wrapped, CONTEXT), DATA_KEY);
  assert.equal(Buffer.from(wrapped).includes(Buffer.from(DATA_KEY)), false);
});

test('openFileProvider unwraps only in the same context and under the same key', async (t) => {
  const path = await pathFor(t);
  const { provider } = await openFileProvider({ path, create: true });
  const wrapped = await provider.wrap(DATA_KEY, CONTEXT);
  await assert.rejects(
    provider.unwrap(wrapped, { ...CONTEXT, version: '2' }),
    isProblem('corrupt'),
  );
  await unlink(path);
  await openFileProvider({ path, create: true });
  await assert.rejects(provider.unwrap(wrapped, CONTEXT), isProblem('corrupt'));
});

test('openFileProvider stops when the file is gone', async (t) => {
  const path = await pathFor(t);
  const { provider } = await openFileProvider({ path, create: true });
  const wrapped = await provider.wrap(DATA_KEY, CONTEXT);
  await unlink(path);
  await assert.rejects(provider.unwrap(wrapped, CONTEXT), isProblem('unavailable'));
  await assert.rejects(openFileProvider({ path, create: false }), isProblem('unavailable'));
});

test('openFileProvider refuses a file that others may read, a link, and another content', async (t) => {
  const path = await pathFor(t);
  await openFileProvider({ path, create: true });
  for (const mode of [0o640, 0o604, 0o620, 0o601]) {
    await chmod(path, mode);
    await assert.rejects(openFileProvider({ path, create: true }), isProblem('denied'));
  }
  await chmod(path, 0o600);
  const link = `${path}.link`;
  await symlink(path, link);
  await assert.rejects(openFileProvider({ path: link, create: true }), isProblem('denied'));
  const text = await readFile(path, 'utf8');
  for (const bad of ['', text.slice(0, -5), `${text}${text}`, text.replace('v1', 'v2')]) {
    await writeFile(path, bad);
    await assert.rejects(openFileProvider({ path, create: true }), isProblem('corrupt'));
  }
  const thrown = await openFileProvider({ path, create: true }).catch((error: unknown) => error);
  assert.ok(thrown instanceof Problem);
  assert.equal(`${thrown.message}${thrown.hint}`.includes(text.slice(20, 40)), false);
});

test(
  'openFileProvider refuses a file of another owner',
  { skip: process.geteuid?.() !== 0 && 'only root can give files away' },
  async (t) => {
    const path = await pathFor(t);
    await openFileProvider({ path, create: true });
    const { chown } = await import('node:fs/promises');
    await chown(path, 65_534, 65_534);
    await assert.rejects(openFileProvider({ path, create: true }), isProblem('denied'));
  },
);

test('openFileProvider gives one key to processes that start at once', async (t) => {
  const path = await pathFor(t);
  const opened = await Promise.all(
    Array.from({ length: 8 }, () => openFileProvider({ path, create: true })),
  );
  assert.equal(opened.filter(({ created }) => created).length, 1);
  const wrapped = await opened[0]?.provider.wrap(DATA_KEY, CONTEXT);
  for (const { provider } of opened)
    assert.deepEqual(await provider.unwrap(wrapped ?? DATA_KEY, CONTEXT), DATA_KEY);
});

test('openFileProvider wraps as the vector says', async (t) => {
  const vector = JSON.parse(
    await readFile(new URL('../../../test/vectors/wrapped-key.json', import.meta.url), 'utf8'),
  ) as Record<'file' | 'provider' | 'nonce' | 'dataKey' | 'wrapped', string> & {
    readonly context: Readonly<Record<string, string>>;
  };
  const path = await pathFor(t);
  await mkdir(join(path, '..'));
  await writeFile(path, `${vector.file}\n`, { mode: 0o600 });
  const random = () => fromHex(vector.nonce);
  const { provider } = await openFileProvider({ path, create: false, random });
  assert.equal(provider.name, vector.provider);
  const wrapped = await provider.wrap(fromHex(vector.dataKey), vector.context);
  assert.equal(hex(wrapped), vector.wrapped);
  const key = await provider.unwrap(fromHex(vector.wrapped), vector.context);
  assert.equal(hex(key), vector.dataKey);
});
