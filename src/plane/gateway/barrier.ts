import { cellsOf } from './rows/datarow.ts';
import { backendTag, encodeFrontend } from '#engines/pgwire';
import type { Barrier, StatementPlan } from '#engines/sql';
import { type Session } from './session.ts';
import { quoteLiteral } from './statement.ts';

/** Whether barriers stand; `fence` says that they cannot be made now and the text must do without. */
export type BarrierResult = 'ready' | 'fence';

/** Every barrier the statements of a plan read through, those of PREPARE included. */
export function barriersOf(statements: readonly StatementPlan[]): Barrier[] {
  return statements.flatMap((plan) => [
    ...plan.barriers,
    ...(plan.kind === 'prepare' ? plan.statement.barriers : []),
  ]);
}

/**
 * Makes the views a plan reads through. Hardened: by the installer, beside this session. Spliced: in this session's
 * pg_temp, which needs a writable transaction: outside one it is a transaction of its own; inside one it is possible
 * until the first query (PostgreSQL then fixes the mode). Must be called with nothing on its way upstream.
 */
export async function ensureBarriers(
  session: Session,
  barriers: readonly Barrier[],
  send: (bytes: Uint8Array) => void,
): Promise<BarrierResult> {
  const missing = barriers.filter((barrier) => !session.barriers.has(barrier.name));
  if (missing.length === 0) return 'ready';
  const installed = missing.filter((barrier) => barrier.schema === 'privet_policy');
  if (installed.length > 0) {
    const oids = await session.ports.sources.install(session.systemName, installed);
    for (const [name, oid] of oids) session.barriers.set(name, oid);
  }
  const temporary = missing.filter((barrier) => barrier.schema === 'pg_temp');
  if (temporary.length === 0) return 'ready';
  if (session.status === 'E' || (session.status === 'T' && session.queried)) return 'fence';
  return createTemporary(session, temporary, send);
}

const SAVEPOINT = 'privet_barrier';
const READ_ONLY = 'SET TRANSACTION READ ONLY;';

async function createTemporary(
  session: Session,
  barriers: readonly Barrier[],
  send: (bytes: Uint8Array) => void,
): Promise<BarrierResult> {
  const inside = session.status === 'T';
  const creates = barriers.map((barrier) => `${barrier.create};`).join('\n');
  const open = inside ? `SET TRANSACTION READ WRITE; SAVEPOINT ${SAVEPOINT};` : 'BEGIN READ WRITE;';
  const close = inside ? `RELEASE ${SAVEPOINT}; ${READ_ONLY}` : 'COMMIT;';
  const names = barriers.map((barrier) => quoteLiteral(barrier.name)).join(', ');
  const find =
    'SELECT relname, oid FROM pg_catalog.pg_class' +
    ` WHERE relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema() AND relname IN (${names})`;
  const oids = new Map<string, number>();
  const outcome = await hiddenQuery(session, `${open}\n${creates}\n${close}\n${find}`, {
    send,
    row: (cells) => void oids.set(cells[0] ?? '', Number(cells[1])),
  });
  if (outcome === 'done') {
    for (const [name, oid] of oids) {
      session.barriers.set(name, oid);
      if (inside) session.tentative.add(name);
    }
    return 'ready';
  }
  // No right to make temporary views, or a standby: this session does without from now on.
  session.fence = 'offset';
  const undo = inside ? `ROLLBACK TO ${SAVEPOINT}; RELEASE ${SAVEPOINT}; ${READ_ONLY}` : 'ROLLBACK';
  await hiddenQuery(session, undo, { send, row: () => undefined });
  return 'fence';
}

/** Runs a query of ours between two of the client's, unseen. */
function hiddenQuery(
  session: Session,
  text: string,
  on: { send: (bytes: Uint8Array) => void; row: (cells: readonly (string | null)[]) => void },
): Promise<'done' | 'failed' | 'skipped'> {
  return new Promise((resolve) => {
    session.replies.expect({
      kind: 'query',
      shown: false,
      take: (tag, body) => {
        if (tag === backendTag.dataRow) on.row(cellsOf(body));
      },
      settled: resolve,
    });
    on.send(encodeFrontend({ kind: 'query', text }));
  });
}
