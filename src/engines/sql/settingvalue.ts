import type { PlanSession } from './plan.ts';
import { quoteName } from './quote.ts';
import { refusal } from './refusal.ts';

/** Settings that may be read, and are read upstream. They say how values look, and nothing about others. */
const READABLE = new Set(
  `application_name backslash_quote block_size bytea_output client_encoding client_min_messages datestyle default_table_access_method default_tablespace default_text_search_config
  default_transaction_deferrable default_transaction_isolation default_transaction_read_only extra_float_digits
  idle_in_transaction_session_timeout in_hot_standby integer_datetimes intervalstyle jit lc_collate lc_ctype lc_messages
  lc_monetary lc_numeric lc_time lock_timeout max_function_args max_identifier_length max_index_keys row_security
  scram_iterations server_encoding server_version server_version_num standard_conforming_strings statement_timeout
  synchronize_seqscans timezone timezone_abbreviations transaction_deferrable transaction_isolation
  transaction_read_only transaction_timeout xmlbinary xmloption`.split(/\s+/u),
);

export function readableSettings(): readonly string[] {
  return [...READABLE];
}

/** What the session holds itself of a setting, or `upstream` when it is read there; throws for one that is not shown. */
export function shownSetting(session: PlanSession, written: string): string | null {
  const name = written.toLowerCase();
  const own = ownSetting(session, name);
  if (own !== undefined) return own;
  if (READABLE.has(name)) return 'upstream';
  throw refusal('42704', `setting \`${written.slice(0, 63)}\` is not shown through the gateway`);
}

/** Settings whose upstream value belongs to the gateway, not to the client; undefined for the rest. */
export function ownSetting(session: PlanSession, name: string): string | null | undefined {
  const kept = session.settings[name];
  if (kept !== undefined) return kept;
  if (name === 'search_path') return session.searchPath.map(pathName).join(', ');
  if (name === 'session_authorization') return session.subjectName;
  if (name === 'role') return 'none';
  if (name === 'is_superuser') return 'off';
  return name.startsWith('privet.') ? '' : undefined;
}

function pathName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/u.test(name) ? name : quoteName(name);
}

/**
 * The schemas a search_path text names, folded and unquoted (varlena.c, SplitIdentifierString); `$user` becomes the
 * subject's own schema. Throws 22023 for a text that is no list of names.
 */
export function searchPathOf(value: string, subjectName: string): readonly string[] {
  const names: string[] = [];
  let rest = value.trim();
  while (rest !== '') {
    const part = /^("(?:[^"]|"")*"|[^\s",]+)\s*(,\s*|$)/u.exec(rest);
    if (part === null) throw refusal('22023', 'search_path expected a list of schema names');
    const [whole, name = '', separator = ''] = part;
    const text = name.startsWith('"')
      ? name.slice(1, -1).replaceAll('""', '"')
      : name.toLowerCase();
    if (text !== '') names.push(text === '$user' ? subjectName : text);
    rest = rest.slice(whole.length);
    if (rest === '' && separator !== '')
      throw refusal('22023', 'search_path expected a name after the comma');
  }
  return names;
}
