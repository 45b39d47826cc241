import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import { createHealth, createLog, createMetrics, systemId } from './mod.ts';
import type { LogFields } from './mod.ts';

function capture() {
  const lines: string[] = [];
  const log = createLog({
    name: 'test',
    level: 'debug',
    sink: { write: (line) => lines.push(line) },
  });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown> };
}

test('log prints allow-listed fields and drops every other', () => {
  const { log, last, lines } = capture();
  log.with({ plane: 'main' }).info('started', { port: 7080, password: 'hunter2' } as LogFields);
  assert.equal(last()['message'], 'started');
  assert.equal(last()['level'], 'info');
  assert.equal(last()['plane'], 'main');
  assert.equal(last()['port'], 7080);
  assert.doesNotMatch(lines.join(''), /hunter2|password/u);
});

test('log never prints the message of an error that is not ours, nor a secret', () => {
  const { log, lines, last } = capture();
  const driver = Object.assign(new Error('invalid input: "canary-9"'), {
    code: '22P02',
    detail: 'canary-9',
  });
  log.error('failed', {
    error: new Problem('internal', 'could not store', { cause: driver, hint: 'try later' }),
  });
  log.error('failed', { code: secret('canary-9') } as unknown as LogFields);
  log.error('failed', { error: 'canary-9' });
  assert.doesNotMatch(lines.join(''), /canary-9/u);
  assert.match(lines[0] ?? '', /could not store.*|22P02/u);
  assert.match(lines[0] ?? '', /22P02/u);
  assert.deepEqual(last()['error'], { name: 'string' });
});

test('log keeps line breaks of a hostile field inside the line', () => {
  const { log, lines } = capture();
  log.info('request', { path: `/a\n{"level":"error"}${'x'.repeat(10_000)}` });
  assert.equal(lines.length, 1);
  assert.equal((lines[0] ?? '').trimEnd().includes('\n'), false);
  assert.ok((lines[0] ?? '').length < 1_000);
});

test('health reports each check by name, and a slow one as failing', async () => {
  const health = createHealth(20);
  health.add('live', 'loop', () => undefined);
  health.add('ready', 'database', () => {
    throw new Problem('unavailable', 'the database cannot be reached', { hint: 'start it' });
  });
  health.add('ready', 'slow', () => new Promise(() => undefined));
  assert.equal((await health.report('live')).state, 'ok');
  const ready = await health.report('ready');
  assert.equal(ready.state, 'failing');
  assert.deepEqual(
    ready.checks.map((check) => [check.name, check.state, check.message]),
    [
      ['loop', 'ok', null],
      ['database', 'failing', 'the database cannot be reached'],
      ['slow', 'failing', 'no answer in 20 ms'],
    ],
  );
});

test('metrics and ids come from this machine', async () => {
  assert.match(await createMetrics().metrics(), /privet_process_cpu_seconds_total/u);
  assert.match(systemId('req'), /^req_[0-9a-z]{26}$/u);
});
