import { createHash } from 'node:crypto';
import { copyChunks } from './cell.ts';
import { CLINIC } from './clinic.ts';
import { ODD } from './odd.ts';
import { ORDERS } from './orders.ts';
import { PAYROLL } from './payroll.ts';
import type { Table } from './table.ts';
import { instantCell } from './cell.ts';
import { MONTHS, monthStart } from './world.ts';
import type { World } from './world.ts';

/** The seed of the demo everybody gets, so that documents can quote its rows. */
export const DEMO_SEED = 1;

/** One schema of the demo: built whole in one transaction or not at all. */
export type Part = { readonly schema: string; readonly tables: readonly Table[] };

export const PARTS: readonly Part[] = [
  { schema: 'clinic', tables: CLINIC },
  { schema: 'payroll', tables: PAYROLL },
  { schema: 'orders', tables: ORDERS },
  { schema: 'odd', tables: ODD },
];

/** The world at full size that ends with the month of `nowMs`, so that "the last 30 days" always holds rows. */
export function demoWorld(nowMs: number): World {
  const now = new Date(nowMs);
  const anchorMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
  return { seed: DEMO_SEED, anchorMs, sizePercent: 100 };
}

/** The statements that make a month's partition of `clinic.visits`, one a month of the world. */
export function partitionStatements(world: World): readonly string[] {
  return Array.from({ length: MONTHS }, (_, index) => {
    const from = instantCell(monthStart(world, MONTHS - index));
    const to = instantCell(monthStart(world, MONTHS - index - 1));
    const name = `clinic.visits_${from.slice(0, 7).replace('-', '_')}`;
    return `create table ${name} partition of clinic.visits for values from ('${from}') to ('${to}')`;
  });
}

/** SHA-256 over every byte of every table in COPY's text format, in hexadecimal: what determinism is tested by. */
export function digestOf(world: World): string {
  const hash = createHash('sha256');
  for (const table of PARTS.flatMap((part) => part.tables)) {
    hash.update(`${table.name}\n`);
    for (const chunk of copyChunks(table.rows(world))) hash.update(chunk);
  }
  return hash.digest('hex');
}
