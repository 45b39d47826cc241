import type { SettingChange } from './plan.ts';
import { refusal } from './refusal.ts';
import { searchPathOf } from './settingvalue.ts';

/** Where a change of a setting goes: upstream as written, or only into the session the gateway keeps. */
export type CheckedChange = {
  readonly setting: SettingChange;
  readonly answer: 'upstream' | 'gateway';
};

const anything = /^[^]*$/u;
const boolean = /^(on|off|true|false|yes|no|0|1|t|f)$/iu;
const duration = /^\d{1,10}\s*(us|ms|s|min|h|d)?$/u;
const on = /^(on|true|yes|1|t)$/iu;

/**
 * Settings a client may change upstream, and what values they take. None of them changes what a text means or who is
 * asking; messages below NOTICE show rewritten statements, so `client_min_messages` stays above them.
 */
const CHANGEABLE: ReadonlyMap<string, RegExp> = new Map([
  ['application_name', anything],
  ['bytea_output', /^(hex|escape)$/iu],
  ['client_min_messages', /^(notice|warning|error)$/iu],
  ['datestyle', /^[\w\s,]{1,40}$/u],
  ['default_text_search_config', /^[\w.]{1,130}$/u],
  ['default_transaction_deferrable', boolean],
  [
    'default_transaction_isolation',
    /^(serializable|repeatable read|read committed|read uncommitted)$/iu,
  ],
  ['default_transaction_read_only', on],
  ['extra_float_digits', /^-?\d{1,2}$/u],
  ['idle_in_transaction_session_timeout', duration],
  ['intervalstyle', /^(postgres|postgres_verbose|sql_standard|iso_8601)$/iu],
  ['jit', boolean],
  ['lc_messages', anything],
  ['lc_monetary', anything],
  ['lc_numeric', anything],
  ['lc_time', anything],
  ['lock_timeout', duration],
  ['row_security', boolean],
  ['statement_timeout', duration],
  ['synchronize_seqscans', boolean],
  ['timezone', anything],
  ['transaction_isolation', /^(serializable|repeatable read|read committed|read uncommitted)$/iu],
  ['transaction_read_only', on],
  ['transaction_timeout', duration],
  ['xmlbinary', /^(base64|hex)$/iu],
  ['xmloption', /^(content|document)$/iu],
]);

/** Settings the parser depends on: only the value they have is accepted, and nothing is sent. */
const PINNED: ReadonlyMap<string, RegExp> = new Map([
  ['client_encoding', /^(utf-?8|unicode)$/iu],
  ['standard_conforming_strings', on],
  ['backslash_quote', /^(safe_encoding|off)$/iu],
  ['escape_string_warning', boolean],
  ['default_table_access_method', /^heap$/u],
  ['default_tablespace', /^$/u],
  ['quote_all_identifiers', /^(off|false|no|0|f)$/iu],
  ['role', /^none$/iu],
  ['session_authorization', /^default$/iu],
  ['check_function_bodies', boolean],
]);

const IDENTITY = new Set(['role', 'session_authorization']);
/** On for good: their defaults may be off. */
const WRITING = new Set(['transaction_read_only', 'default_transaction_read_only']);

/** Checks a change of a setting; throws 42501 for one a client may not change, 22023 for a value it may not have. */
export function settingChange(change: SettingChange): CheckedChange {
  const name = change.name.toLowerCase();
  const setting = { ...change, name };
  if (name === 'search_path') {
    if (change.value !== null) searchPathOf(change.value, '');
    return { setting, answer: 'gateway' };
  }
  if (name.startsWith('privet.')) return { setting, answer: 'gateway' };
  const pinned = PINNED.get(name);
  const pattern = pinned ?? CHANGEABLE.get(name);
  if (pattern === undefined) throw notChangeable(name);
  const unfit = change.value === null ? WRITING.has(name) : !pattern.test(change.value);
  if (unfit) throw badValue(name, pinned !== undefined);
  return { setting, answer: pinned === undefined ? 'upstream' : 'gateway' };
}

function notChangeable(name: string): Error {
  return refusal(
    '42501',
    `setting \`${name.slice(0, 63)}\` cannot be changed through the gateway`,
    {
      hint: 'settings of time, format, time-outs, search_path and privet.* can',
    },
  );
}

function badValue(name: string, pinned: boolean): Error {
  if (WRITING.has(name)) {
    return refusal('25006', 'transactions are read-only through the gateway', {
      hint: 'the setting `gateway.writes` of the gateway says otherwise',
    });
  }
  if (IDENTITY.has(name)) {
    return refusal('42501', 'who asks cannot be changed through the gateway', {
      hint: 'sign in as the other person or service account',
    });
  }
  const message = `setting \`${name}\` cannot have that value through the gateway`;
  if (!pinned) return refusal('22023', message);
  return refusal('22023', message, {
    hint: 'it is pinned, because the meaning of texts depends on it',
  });
}
