import { Problem } from '#base/problem';
import type { Field } from '#engines/pgwire';
import type { Origin, StatementPlan } from '#engines/sql';
import { NO_COLUMN, type TableColumn, type ViewOrigins } from './vieworigin.ts';

/** What RowDescription must agree with: the plan whose columns come out, and the OIDs of the views it reads through. */
export type Described = {
  readonly plan: Pick<StatementPlan, 'output' | 'guards' | 'governed'>;
  readonly barrierOid: (name: string) => number | undefined;
  readonly origins: ViewOrigins;
  /** Whether an OID belongs to a relation clients may know of. */
  readonly known: (oid: number) => boolean;
};

/**
 * Checks what the source says it will send against the plan, and gives what the client is told. Throws `denied` for any
 * difference: a column masked on the way out must come from exactly the column the plan says, and no other column may.
 */
export function checkFields(fields: readonly Field[], described: Described): Field[] {
  const { output, guards } = described.plan;
  if (output.length > 0 && output.length !== fields.length) throw mismatch();
  const guarded = new Set(guards.map((origin) => originKey(origin, described)));
  return fields.map((field, i) => {
    const column = output[i];
    const stream = column?.stream ?? null;
    if (stream === null) {
      if (guarded.has(`${field.relation}.${field.attnum}`)) throw mismatch();
      const { relation, attnum } = shownOrigin(field, described);
      return { ...field, relation, attnum };
    }
    const origin = column?.origin ?? null;
    const agrees = origin === null ? field.relation === 0 : sameOrigin(field, origin, described);
    if (!agrees) throw mismatch();
    return { ...field, ...NO_COLUMN, typeModifier: -1 };
  });
}

/** What a column that is not masked on the way out may say of where it comes from: the same whether a view stands between or not. */
function shownOrigin(field: Field, { plan, origins, known }: Described): TableColumn {
  const behind = origins.get(field.relation);
  if (behind !== undefined) return behind[field.attnum - 1] ?? NO_COLUMN;
  return plan.governed && !known(field.relation) ? NO_COLUMN : field;
}

function sameOrigin(field: Field, origin: Origin, described: Described): boolean {
  return originKey(origin, described) === `${field.relation}.${field.attnum}`;
}

function originKey(origin: Origin, described: Described): string {
  const oid = origin.kind === 'relation' ? origin.relation : described.barrierOid(origin.name);
  return `${oid ?? 'unknown'}.${origin.attnum}`;
}

function mismatch(): Problem {
  return new Problem(
    'denied',
    'the source describes other columns than were planned; nothing was sent',
    {
      hint: 'refresh the source: its tables may have changed',
    },
  );
}
