import { DESCRIPTION_MAX, NAME_MAX } from './bundlelimits.ts';
import { planeId } from './names.ts';
import { count, id, list, name, nameLike, oneOf, operatorText, record, time } from './shape.ts';

/** Tables of one vault, and columns of one table: what one fact holds. */
const VAULT_TABLES_MAX = 500;
const VAULT_COLUMNS_MAX = 500;
const VAULT_GROUPS_MAX = 20;

/** Names in a vault, as Skyflow has them. */
const vaultName = () => nameLike(/^[a-z][a-z0-9_-]{0,62}$/u, 63);

/**
 * What a vault is made of: names and ids, for policies to be written against. The ids stay when names change, so what
 * a policy was bound to stays protected. An equal or lower version changes nothing.
 */
export const VAULT_FACTS = {
  'vault-schema': record({
    format: oneOf('privet-fact/v1'),
    plane: planeId(),
    number: count(Number.MAX_SAFE_INTEGER, 1),
    timeMs: time(),
    vault: id('vlt'),
    name: vaultName(),
    description: operatorText(DESCRIPTION_MAX),
    state: oneOf('present', 'removed'),
    version: count(Number.MAX_SAFE_INTEGER, 1),
    tables: list(
      record({
        id: id('tbl'),
        name: vaultName(),
        columns: list(
          record({
            id: id('col'),
            name: vaultName(),
            type: name(63),
            groups: list(name(NAME_MAX), VAULT_GROUPS_MAX),
            /** What DEFAULT means for the column. */
            redaction: oneOf('PLAIN_TEXT', 'MASKED', 'REDACTED'),
          }),
          VAULT_COLUMNS_MAX,
        ),
      }),
      VAULT_TABLES_MAX,
    ),
  }),
} as const;
