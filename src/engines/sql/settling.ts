import type { CatalogIndex } from './catalogindex.ts';
import { refusal } from './refusal.ts';
import type { Edit } from './splice.ts';
import type { Token } from './token.ts';

/** Where a policy's SQL stands: the kinds of the columns it names, and the edits its text gets. */
export type Settling = {
  readonly index: CatalogIndex;
  readonly columns: ReadonlyMap<string, number>;
  readonly tokens: readonly Token[];
  readonly edits: Edit[];
};

const HINT =
  "clients choose time zone and formats: write @value at time zone 'UTC', make_date(…), extract(…), round(…), full dates as 'YYYY-MM-DD'";

/** A refusal of policy SQL whose value would depend on settings a client may change, to be thrown. */
export function unsettled(what: string): Error {
  return refusal('42501', `policy sql expected not to depend on settings of the session: ${what}`, {
    hint: HINT,
  });
}
