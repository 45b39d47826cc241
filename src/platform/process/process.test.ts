import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exitCodeOf, homeDirectory, lockDirectory, openInOrder, superviseChild } from './mod.ts';
import type { Child, ChildEvent } from './mod.ts';
import { pauseMs } from './loop.ts';

const MODULE = fileURLToPath(new URL('./mod.ts', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
/** A program that is ready at once, writes down its number, and works until it is stopped. */
const HEALTHY = `
  import { writeFileSync } from 'node:fs';
  const { runProgram, untilStopped } = await import(${JSON.stringify(MODULE)});
  await runProgram(async ({ ready, stopping }) => {
    const keep = setInterval(() => undefined, 1000);
    ready();
    await untilStopped(stopping);
    clearInterval(keep);
    writeFileSync(process.env.GOODBYE, String(process.env.SECRET));
  }, { onProblem: () => undefined });`;
const WRONG = `
  const { runProgram } = await import(${JSON.stringify(MODULE)});
  const { Problem } = await import('#base/problem');
  await runProgram(async () => { throw new Problem('invalid', 'wrong settings', { hint: 'mend them' }); }, { onProblem: () => undefined });`;

type Cleanup = { after(work: () => unknown): void };

function scratch(t: Cleanup): string {
  const directory = mkdtempSync(join(tmpdir(), 'privet-process-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function supervise(
  t: Cleanup,
  program: string,
): { child: Child; events: ChildEvent[]; goodbye: string } {
  const directory = scratch(t);
  const events: ChildEvent[] = [];
  const goodbye = join(directory, 'goodbye');
  const child = superviseChild({
    name: 'sample',
    command: [process.execPath, '--input-type=module', '-e', program],
    cwd: HERE,
    env: { GOODBYE: goodbye },
    logFile: join(directory, 'log'),
    onEvent: (event) => events.push(event),
  });
  t.after(() => child.stop());
  return { child, events, goodbye };
}

async function until(done: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !done();) {
    assert.ok(Date.now() < deadline, 'expected to happen within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('superviseChild starts a killed child again and stops it cleanly', async (t) => {
  process.env['SECRET'] = 'canary';
  t.after(() => delete process.env['SECRET']);
  const { child, events, goodbye } = supervise(t, HEALTHY);
  await child.ready;
  process.kill(child.pid() ?? 0, 'SIGKILL');
  await until(() => events.filter(({ kind }) => kind === 'ready').length === 2);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['ready', 'died', 'ready'],
  );
  await child.stop();
  assert.equal(child.pid(), undefined);
  assert.equal(
    readFileSync(goodbye, 'utf8'),
    'undefined',
    'the environment of the parent is not inherited',
  );
});

test('superviseChild gives up on wrong settings with the reason the child gave', async (t) => {
  const { child, events } = supervise(t, WRONG);
  await assert.rejects(child.ready, { message: 'sample: wrong settings', hint: 'mend them' });
  assert.deepEqual(events, []);
});

test('runProgram stops when its parent is killed', async (t) => {
  const goodbye = join(scratch(t), 'goodbye');
  const parentProgram = `
    import { spawn } from 'node:child_process';
    const child = spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(HEALTHY)}],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true, env: { GOODBYE: ${JSON.stringify(goodbye)} } });
    child.on('message', () => console.log(child.pid));`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', parentProgram], {
    cwd: HERE,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => parent.stdout.once('data', resolve));
  parent.kill('SIGKILL');
  await until(() => existsSync(goodbye));
});

test('lockDirectory lets one process in at a time and names the other', async (t) => {
  const directory = scratch(t);
  const program = `
    const { lockDirectory } = await import(${JSON.stringify(MODULE)});
    lockDirectory(${JSON.stringify(directory)}, 'sample');
    console.log('locked');
    setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: HERE,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  assert.throws(() => lockDirectory(directory, 'sample'), {
    code: 'conflict',
    message: `sample runs already (process ${holder.pid})`,
  });
  holder.kill('SIGKILL');
  await new Promise((resolve) => holder.once('exit', resolve));
  lockDirectory(directory, 'sample').release();
  lockDirectory(directory, 'sample').release();
});

test('homeDirectory is PRIVET_HOME or .privet here', () => {
  assert.equal(homeDirectory({}, '/a'), '/a/.privet');
  assert.equal(homeDirectory({ PRIVET_HOME: 'b' }, '/a'), '/a/b');
});

test('exitCodeOf tells a supervisor what trying again cannot cure', () => {
  assert.equal(exitCodeOf('invalid'), 2);
  assert.equal(exitCodeOf('unavailable'), 3);
  assert.equal(exitCodeOf('internal'), 1);
});

test('openInOrder closes the last first, and what was open when a later piece fails', async () => {
  const closed: string[] = [];
  const whole = await openInOrder((opened) => {
    opened.push(() => void closed.push('pool'));
    opened.push(() => void closed.push('server'));
    return Promise.resolve({ address: 'here' });
  });
  assert.equal(whole.address, 'here');
  assert.equal(closed.length, 0);
  await whole.close();
  assert.deepEqual(closed, ['server', 'pool']);

  const failed = openInOrder((opened) => {
    opened.push(() => void closed.push('half'));
    return Promise.reject(new Error('no port'));
  });
  await assert.rejects(failed, /no port/u);
  assert.deepEqual(closed, ['server', 'pool', 'half']);
});
test('pauseMs grows and stays within its bounds', () => {
  assert.equal(pauseMs(0, 1), 250);
  assert.equal(pauseMs(3, 1), 2_000);
  assert.equal(pauseMs(1_000, 1), 5_000);
  assert.equal(pauseMs(1_000, 0), 2_500);
});
