import { columnsOf } from './monitor/columns.ts';
import { tableText } from './warehouse/dialect.ts';
import type { Monitor } from './monitor/monitor.ts';
import type { Metric } from './monitor/metric.ts';
import type { Point } from './monitor/series.ts';
import type { Session } from './warehouse/warehouse.ts';

/** Points that concern a table as a whole: its size, and how many rows it has more or less than another. */
export async function tablePoints(
  session: Session,
  monitor: Monitor,
  nowMs: number,
): Promise<readonly Point[]> {
  const points: Point[] = [];
  const make = (metric: Metric, value: number, customName: string | null): Point => ({
    subject: { metric, column: null, customName, category: null },
    startMs: null,
    endMs: nowMs,
    class: 'count',
    value,
    rows: null,
    state: 'measured',
  });
  for (const entry of monitor.metrics) {
    if (entry.kind === 'table' && entry.metric === 'bytes' && session.dialect.tableBytes !== null) {
      const size = session.dialect.tableBytes(tableText(monitor.table));
      const [row] = await session.query(`select ${size} as n`);
      points.push(make('bytes', Number(row?.['n'] ?? 0), null));
    }
    if (entry.kind === 'matches') {
      await columnsOf(session, entry.other);
      const where = monitor.where === null ? '' : ` where (${monitor.where}\n)`;
      const [row] = await session.query(
        `select (select count(*) from ${tableText(monitor.table)} as t${where}) as a,
          (select count(*) from ${tableText(entry.other)} as t) as b`,
      );
      points.push(
        make(
          'row_count_difference',
          Math.abs(Number(row?.['a']) - Number(row?.['b'])),
          entry.other.name,
        ),
      );
    }
  }
  return points;
}
