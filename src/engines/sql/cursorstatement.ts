import type { Analysis } from './analysis.ts';
import { refusal } from './refusal.ts';
import type { Inner } from './tree.ts';
import { answered, OUTERMOST, sent } from './walked.ts';
import type { Walked } from './walked.ts';

/** Bits of DeclareCursorStmt.options (src/include/nodes/parsenodes.h). */
const CURSOR_BINARY = 0x01;
const CURSOR_HOLD = 0x20;

/** DECLARE … CURSOR FOR a query: FETCH of it gives the columns this plan lists. */
export function declareStatement(a: Analysis, inner: Inner<'DeclareCursorStmt'>): Walked {
  const { query, portalname = '', options = 0 } = inner;
  if (query === undefined || !('SelectStmt' in query)) {
    throw refusal('25006', 'DECLARE expected a query that reads');
  }
  const outputs = a.query(query.SelectStmt, OUTERMOST);
  const binary = (options & CURSOR_BINARY) !== 0;
  if (binary && outputs.some((output) => output.value.kind === 'stream')) {
    throw refusal('0A000', 'a binary cursor over masked columns is not supported');
  }
  const hold = (options & CURSOR_HOLD) !== 0;
  return {
    action: { kind: 'declare', name: portalname, hold, binary },
    answer: 'upstream',
    outputs,
  };
}

export function fetchStatement(_: Analysis, inner: Inner<'FetchStmt'>): Walked {
  return sent({ kind: 'fetch', name: inner.portalname ?? '', move: inner.ismove === true });
}

export function closeStatement(_: Analysis, inner: Inner<'ClosePortalStmt'>): Walked {
  const name = inner.portalname ?? null;
  // CLOSE ALL would also close what the gateway itself may have open: it closes the client's one by one.
  return name === null ? answered({ kind: 'close', name }) : sent({ kind: 'close', name });
}
