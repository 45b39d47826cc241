import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import { cellsOf, columnOf, maskColumn } from '#engines/crypto';
import { decide } from '#engines/policy';
import type { Decision } from '#engines/policy';
import { maskScope } from '#plane/keys';
import type { Caller } from './guard.ts';
import { policyViewOf, sourceOf } from './policyview.ts';
import type { Room } from './route.ts';

type ColumnDecision = Decision['columns'][number];

export type SamplesRequest = {
  readonly warehouse: string;
  /** Id of the test's result. */
  readonly result: string;
  readonly project: string | null;
  readonly purpose: string | null;
};

export type ShownSamples = {
  readonly decision: string;
  readonly columns: readonly string[];
  /** Values as text, in the order of the columns. */
  readonly rows: readonly (readonly (string | null)[])[];
};

/**
 * Rows that failed a test, as policy shows their table to whoever asks: hidden columns are left out, masked ones masked.
 * The look is a durable leaf before anything is given. Throws `denied`, with a leaf, for a table that is no source, that
 * they may not see, or of which they see some rows only: which rows these are, only the database can say.
 */
export async function showSamples(
  room: Room,
  caller: Caller,
  asked: SamplesRequest,
): Promise<ShownSamples> {
  const kept = await room.collector.samples(asked.warehouse, asked.result);
  if (kept.check === 'custom_sql') {
    throw new Problem(
      'unsupported',
      'rows of a `custom_sql` test cannot be shown: its columns may be any table’s',
      {
        hint: 'the owner of the database finds them in `privet_observe.failed_row`',
      },
    );
  }
  const { schema, name } = kept.table;
  const source = sourceOf(caller.bundle, `${asked.warehouse}.${schema}.${name}`);
  const decision =
    source === undefined ? null : decisionOf(room, caller, { ...asked, source: source.id });
  if (
    source === undefined ||
    decision === null ||
    decision.effect !== 'allow' ||
    decision.filter !== null
  ) {
    return refuse(room, caller, asked);
  }
  const columns = decision.columns.filter(
    (column) => shows(column) && kept.rows.some((row) => Object.hasOwn(row, column.name)),
  );
  const shown: (readonly (string | null)[])[] = [];
  for (const column of columns) {
    shown.push(
      await masked(
        room,
        column,
        kept.rows.map((row) => textOf(row[column.name])),
      ),
    );
  }
  await room.ledger.write({
    kind: 'samples-shown',
    actor: { kind: 'subject', id: caller.subject.id },
    warehouse: asked.warehouse,
    source: source.id,
    result: asked.result,
    decision: decision.id,
    bundleSerial: caller.bundle.serial,
    rows: kept.rows.length,
    columns: columns.map(({ name: column, show }) => ({ name: column, show: show.kind })),
  });
  return {
    decision: decision.id,
    columns: columns.map((column) => column.name),
    rows: kept.rows.map((_, row) => shown.map((cells) => cells[row] ?? null)),
  };
}

function decisionOf(
  room: Room,
  caller: Caller,
  asked: SamplesRequest & { readonly source: string },
): Decision {
  const { source, project, purpose } = asked;
  return decide(policyViewOf(caller.bundle), {
    subject: caller.subject.id,
    project,
    purpose,
    source,
    operation: 'select',
    nowMs: room.clock(),
  });
}

/** Masks that need the database, or that hold for some rows only, cannot be done here: the column is left out. */
function shows({ show }: ColumnDecision): boolean {
  if (show.kind !== 'mask') return show.kind === 'clear';
  return show.where === null && show.mask.kind !== 'sql';
}

async function masked(
  room: Room,
  { show }: ColumnDecision,
  values: readonly (string | null)[],
): Promise<readonly (string | null)[]> {
  switch (show.kind) {
    case 'clear':
      return values;
    case 'hidden':
      return values.map(() => null);
    case 'mask': {
      const { mask } = show;
      if (mask.kind === 'sql') return values.map(() => null);
      const keyed =
        mask.kind === 'hash' || mask.kind === 'reversible' || mask.kind === 'format-preserving';
      const key = keyed ? (await room.keyring.use(maskScope(mask.kind, mask.key))).maskKey : null;
      return cellsOf(maskColumn(columnOf(values), mask, key));
    }
  }
  return unreachable(show);
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function refuse(room: Room, caller: Caller, asked: SamplesRequest): Promise<never> {
  await room.ledger.write({
    kind: 'samples-refused',
    actor: { kind: 'subject', id: caller.subject.id },
    warehouse: asked.warehouse,
    result: asked.result,
    code: 'denied',
    bundleSerial: caller.bundle.serial,
  });
  throw new Problem('denied', 'you do not see every row of that table', {
    hint: 'rows that failed a test are shown to those who may see its table without a row filter: ask its owner, or act in a project that allows it',
  });
}
