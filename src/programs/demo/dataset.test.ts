import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from './cell.ts';
import { ibanHolds, luhnHolds, personNumberHolds } from './checkdigit.ts';
import { demoWorld, DEMO_SEED, digestOf, PARTS, partitionStatements } from './dataset.ts';
import type { World } from './world.ts';

const WORLD: World = { seed: DEMO_SEED, anchorMs: Date.UTC(2026, 10, 1), sizePercent: 2 };

/** Changes only when the demo's data is meant to change; the documents that quote rows change with it. */
const DIGEST = '75c025658a3bfc1c6b235fd7e060ed2376493b52bda6fe09bc5e639d96e973ff';

function rows(table: string): readonly Row[] {
  const found = PARTS.flatMap((part) => part.tables).find(({ name }) => name === table);
  assert.ok(found, table);
  return [...found.rows(WORLD)];
}

function column(table: string, index: number): readonly string[] {
  return rows(table).flatMap((row) => row[index] ?? []);
}

test('digestOf gives the same bytes for the same world', () => {
  assert.equal(digestOf(WORLD), DIGEST);
});

test('digestOf gives other bytes for another seed and another anchor', () => {
  assert.notEqual(digestOf({ ...WORLD, seed: 2 }), DIGEST);
  assert.notEqual(digestOf({ ...WORLD, anchorMs: Date.UTC(2026, 11, 1) }), DIGEST);
});

test('demoWorld ends with the month of the given instant', () => {
  const world = demoWorld(Date.UTC(2026, 11, 31, 23));
  assert.equal(world.anchorMs, Date.UTC(2027, 0, 1));
  assert.equal(world.sizePercent, 100);
});

test('the demo at full size holds more than 100,000 rows', () => {
  const world = demoWorld(WORLD.anchorMs);
  let count = 0;
  for (const table of PARTS.flatMap((part) => part.tables)) {
    for (const _row of table.rows(world)) count += 1;
  }
  assert.ok(count > 200_000, String(count));
});

test('every row of a table has the same number of cells and no NUL', () => {
  for (const table of PARTS.flatMap((part) => part.tables)) {
    const widths = new Set<number>();
    for (const row of table.rows(WORLD)) {
      widths.add(row.length);
      assert.ok(!row.some((cell) => cell?.includes('\0')), table.name);
    }
    assert.equal(widths.size, 1, table.name);
  }
});

test('card numbers, ibans and person numbers have check digits that hold', () => {
  const cards = column('orders.payment_cards', 3);
  const ibans = [...column('payroll.employees', 8), ...column('orders.payment_cards', 6)];
  const persons = column('payroll.employees', 6);
  assert.ok(cards.length > 100 && ibans.length > 50 && persons.length > 50);
  assert.deepEqual(
    cards.filter((text) => !luhnHolds(text)),
    [],
  );
  assert.deepEqual(
    ibans.filter((text) => !ibanHolds(text)),
    [],
  );
  assert.deepEqual(
    persons.filter((text) => !personNumberHolds(text)),
    [],
  );
});

test('luhnHolds, ibanHolds and personNumberHolds refuse a wrong digit', () => {
  assert.equal(luhnHolds('4242424242424242'), true);
  assert.equal(luhnHolds('4242424242424243'), false);
  assert.equal(ibanHolds('GB82WEST12345698765432'), true);
  assert.equal(ibanHolds('GB83WEST12345698765432'), false);
  assert.equal(personNumberHolds('XE00000023T'), true);
  assert.equal(personNumberHolds('XE00000023R'), false);
});

test('national ids come from ranges that were never issued and do not repeat', () => {
  const ids = column('clinic.patients', 5);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) {
    const [area, group, serial] = id.split('-').map(Number);
    assert.ok((area ?? 0) >= 900 && (group ?? 99) >= 1 && (group ?? 99) <= 49, id);
    assert.ok((serial ?? 0) >= 1 && (serial ?? 0) <= 9_999, id);
  }
});

test('addresses, mail and telephone numbers come from ranges kept for documentation', () => {
  const mails = [...column('clinic.patients', 3), ...column('payroll.employees', 3)];
  assert.deepEqual(
    mails.filter((mail) => !/@(?:example\.(?:com|org|net)|(?:mail|corp)\.example)$/u.test(mail)),
    [],
  );
  const phones = [...column('clinic.patients', 4), ...column('orders.customers', 3)];
  assert.deepEqual(
    phones.filter(
      (text) => !/^(?:\+44 1632 960\d{3}|\+1 \d{3} 555 01\d{2}|\+61 2 5550 \d{4})$/u.test(text),
    ),
    [],
  );
  const nets = [...column('clinic.visits', 12), ...column('orders.orders', 6)];
  assert.deepEqual(
    nets.filter((net) => !/^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.|^2001:db8::/u.test(net)),
    [],
  );
});

test('identifiers that must be unique are', () => {
  for (const [table, index] of [
    ['clinic.patients', 1],
    ['clinic.lab_results', 0],
    ['orders.customers', 0],
    ['payroll.employees', 6],
  ] as const) {
    const values = column(table, index);
    assert.equal(new Set(values).size, values.length, table);
  }
});

test('every event lies in a month that has a partition', () => {
  const first = /from \('([^']+)'\)/u.exec(partitionStatements(WORLD)[0] ?? '')?.[1] ?? '';
  const last = /to \('([^']+)'\)/u.exec(partitionStatements(WORLD).at(-1) ?? '')?.[1] ?? '';
  assert.equal(partitionStatements(WORLD).length, 24);
  for (const instant of column('clinic.visits', 5)) assert.ok(instant >= first && instant < last);
});
