import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Problem } from '#base/problem';
import { transaction } from '#platform/db';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openQueue } from './mod.ts';
import type { Queue, Task } from './mod.ts';

let cluster: TestCluster;
let pool: Pool;
before(async () => {
  cluster = await startTestCluster();
  ({ pool } = await cluster.createDatabase());
});
after(() => cluster.stop());

type Opened = { readonly queue: Queue; readonly faults: string[] };

async function opened(
  t: { after(work: () => Promise<void>): void },
  tasks: Record<string, Task>,
): Promise<Opened> {
  const faults: string[] = [];
  const onFault = (problem: Problem, task: string) => void faults.push(`${task} ${problem.code}`);
  const queue = await openQueue({ pool, tasks, onFault });
  t.after(() => queue.stop());
  return { queue, faults };
}

const add = (queue: Queue, job: Parameters<Queue['enqueue']>[1]) =>
  transaction(pool, (tx) => queue.enqueue(tx, job));

async function until(queue: Queue, key: string, state: string): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    const [job] = await queue.jobs({ key });
    if (job?.state === state) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`${key} did not become ${state}: ${JSON.stringify(await queue.jobs({ key }))}`);
}

describe('queue', () => {
  test('enqueue belongs to the transaction of the caller', async (t) => {
    const { queue } = await opened(t, { work: async () => undefined });
    const undone = transaction(pool, async (tx) => {
      await queue.enqueue(tx, { task: 'work', key: 'undone', payload: {} });
      throw new Problem('conflict', 'changed my mind');
    });
    await assert.rejects(undone, { code: 'conflict' });
    assert.deepEqual(await queue.jobs({ key: 'undone' }), []);
    const { rows } = await pool.query(`select from graphile_worker.jobs where key = 'undone'`);
    assert.equal(rows.length, 0);
  });

  test('a key is done once, also when it is enqueued again after it was done', async (t) => {
    const seen: unknown[] = [];
    const { queue } = await opened(t, {
      once: async (payload, job) => {
        seen.push(payload);
        await job.report(3, 3);
      },
    });
    assert.equal(await add(queue, { task: 'once', key: 'one', payload: { n: 1 } }), true);
    assert.equal(await add(queue, { task: 'once', key: 'one', payload: { n: 2 } }), false);
    await queue.start();
    await until(queue, 'one', 'done');
    assert.equal(await add(queue, { task: 'once', key: 'one', payload: { n: 3 } }), false);
    await add(queue, { task: 'once', key: 'two', payload: { n: 4 } });
    await until(queue, 'two', 'done');
    assert.deepEqual(seen, [{ n: 1 }, { n: 4 }]);
    const [job] = await queue.jobs({ key: 'one' });
    assert.deepEqual([job?.done, job?.total, job?.attempt], [3, 3, 1]);
  });

  test('what fails is given up after its attempts, and may be enqueued anew', async (t) => {
    let attempts = 0;
    const { queue, faults } = await opened(t, {
      shaky: async () => {
        attempts += 1;
        if (attempts < 2) throw new Problem('unavailable', 'not yet');
      },
    });
    await queue.start();
    await add(queue, { task: 'shaky', key: 's', payload: {}, attemptsMax: 1 });
    await until(queue, 's', 'failed');
    const [given] = await queue.jobs({ key: 's' });
    assert.equal(given?.problem, 'unavailable: not yet');
    assert.equal(await add(queue, { task: 'shaky', key: 's', payload: {}, attemptsMax: 1 }), true);
    await until(queue, 's', 'done');
    assert.equal(attempts, 2);
    assert.deepEqual(faults, ['shaky unavailable']);
  });

  test('what a job throws beside a problem is kept out of every table', async (t) => {
    const { queue } = await opened(t, {
      leaky: () => Promise.reject(new Error('canary-7f3a in the message')),
    });
    await queue.start();
    await add(queue, { task: 'leaky', key: 'leak', payload: {}, attemptsMax: 1 });
    await until(queue, 'leak', 'failed');
    const { rows } = await pool.query(
      `select last_error as text from graphile_worker.jobs union all select problem from queue.job`,
    );
    assert.doesNotMatch(JSON.stringify(rows), /canary/u);
  });

  test('a job of a process that is gone is taken up at once', async (t) => {
    const done: string[] = [];
    const { queue } = await opened(t, {
      orphan: async (_, job) => {
        done.push(job.key);
      },
    });
    await add(queue, { task: 'orphan', key: 'left', payload: {}, line: 'l' });
    // What a killed process leaves: its lock on the job and on the line.
    await pool.query(
      `update graphile_worker._private_jobs set locked_at = now(), locked_by = 'gone', attempts = 1 where key = 'left'`,
    );
    await pool.query(
      `update graphile_worker._private_job_queues set locked_at = now(), locked_by = 'gone'`,
    );
    await queue.start();
    await until(queue, 'left', 'done');
    assert.deepEqual(done, ['left']);
  });

  test('jobs of one line run one after another', async (t) => {
    let running = 0;
    let most = 0;
    const { queue } = await opened(t, {
      lined: async () => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setTimeout(resolve, 30));
        running -= 1;
      },
    });
    for (const key of ['a', 'b', 'c']) {
      await add(queue, { task: 'lined', key: `line ${key}`, payload: {}, line: 'same' });
    }
    await queue.start();
    for (const key of ['a', 'b', 'c']) await until(queue, `line ${key}`, 'done');
    assert.equal(most, 1);
  });

  test('enqueue refuses a payload that belongs into a table', async (t) => {
    const { queue } = await opened(t, {});
    const job = { task: 'work', key: 'big', payload: { text: 'x'.repeat(70_000) } };
    await assert.rejects(add(queue, job), { code: 'limit' });
  });
});
