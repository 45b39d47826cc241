import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from './turns.ts';

const soon = () => new Promise((resolve) => setImmediate(resolve));

test('turns never are all one subject’s, and go to who was served longest ago', async () => {
  const turns = createTurns(2);
  const order: string[] = [];
  const leave = await turns.enter('ada');
  const enter = async (subject: string, name: string) => {
    const end = await turns.enter(subject);
    order.push(name);
    return end;
  };
  const second = enter('ada', 'ada 2');
  const third = enter('ada', 'ada 3');
  await soon();
  assert.deepEqual(order, []);
  const bobs = await enter('bob', 'bob 1');
  const more = enter('bob', 'bob 2');
  const cara = enter('cara', 'cara 1');
  leave();
  await soon();
  // Of bob one runs; cara never was served.
  assert.deepEqual(order, ['bob 1', 'cara 1']);
  (await cara)();
  await soon();
  assert.deepEqual(order, ['bob 1', 'cara 1', 'ada 2']);
  bobs();
  (await second)();
  await soon();
  assert.deepEqual(new Set(order), new Set(['ada 2', 'ada 3', 'bob 1', 'bob 2', 'cara 1']));
  for (const one of [third, more]) (await one)();
});

test('turns let who waits go away, and no more than some wait', async () => {
  const turns = createTurns(1);
  const leave = await turns.enter('ada');
  const abort = new AbortController();
  const waits = turns.enter('bob', abort.signal);
  abort.abort();
  await assert.rejects(waits, { code: 'unavailable' });
  const all = Array.from({ length: 20 }, () => turns.enter('ada'));
  await assert.rejects(turns.enter('ada'), { code: 'limit' });
  leave();
  for (const one of all) (await one)();
  (await turns.enter('bob'))();
});
