import type { Analysis } from './analysis.ts';
import { constant } from './answerform.ts';
import type { Answer, Asked } from './answerform.ts';
import { columnComment, relationByName, settingByName, typeByName } from './lookup.ts';
import type { SettingChange } from './plan.ts';
import { quoteText, textArray } from './quote.ts';
import { resolveRelation } from './relationname.ts';
import { refusal } from './refusal.ts';
import { currentSchema, existingSchemas } from './searchpath.ts';
import { settingChange } from './settingchange.ts';
import { shownSetting } from './settingvalue.ts';
import { constantText } from './tree.ts';
import { visibility } from './visibility.ts';

/** Null lets the call go its usual way. */
type Maker = (a: Analysis, asked: Asked) => Answer | null;

const nullable = (text: string | null): string => (text === null ? 'NULL' : quoteText(text));
const nameOf = (text: string | null): Answer => constant(nullable(text), 'pg_catalog.name');
const textOf = (text: string | null): Answer => constant(nullable(text), 'pg_catalog.text');
const flagOf = (flag: boolean): Answer => constant(String(flag), 'pg_catalog.bool');

const PRIVILEGES = [
  'any_column',
  'column',
  'database',
  'foreign_data_wrapper',
  'function',
  'language',
  'parameter',
  'schema',
  'sequence',
  'server',
  'table',
  'tablespace',
  'type',
].map((name) => `has_${name}_privilege`);

/** Definitions can hold literals and names of hidden things, so only those who may see everything get them. */
const DEFINITIONS = [
  'pg_get_viewdef',
  'pg_get_expr',
  'pg_get_ruledef',
  'pg_get_triggerdef',
  'pg_get_functiondef',
  'pg_get_function_sqlbody',
  'pg_get_function_arg_default',
  'pg_get_partition_constraintdef',
  'pg_get_partkeydef',
  'pg_get_statisticsobjdef',
  'pg_get_statisticsobjdef_columns',
];

/** Sizes count rows that are not shown. */
const SIZES = [
  'pg_database_size',
  'pg_indexes_size',
  'pg_relation_size',
  'pg_table_size',
  'pg_total_relation_size',
];

/** Calls that are answered, by name. */
export const ANSWERS: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['current_user', (a) => nameOf(a.session.subjectName)],
  ['session_user', (a) => nameOf(a.session.subjectName)],
  ['current_database', (a) => nameOf(a.session.database)],
  ['current_schema', (a) => nameOf(currentSchema(a))],
  ['current_schemas', currentSchemas],
  ['current_setting', currentSetting],
  ['set_config', setConfig],
  ['pg_get_userbyid', (a) => (a.unrestricted() ? null : nameOf('owner'))],
  ['pg_has_role', () => flagOf(true)],
  ['pg_tablespace_location', () => textOf('')],
  ['pg_get_serial_sequence', definition],
  ['to_regtype', typeByName],
  ['col_description', (a) => (a.unrestricted() ? null : columnComment(a))],
  ['to_regclass', regclassOf],
  ...PRIVILEGES.map((name): [string, Maker] => [name, privilege]),
  ...DEFINITIONS.map((name): [string, Maker] => [name, definition]),
  ...SIZES.map((name): [string, Maker] => [name, () => constant('NULL', 'pg_catalog.int8')]),
  ...visibility,
]);

function definition(a: Analysis): Answer | null {
  return a.unrestricted() ? null : textOf(null);
}

/** Catalogs show only what may be read, so reading is granted and everything else is not. */
function privilege(_: Analysis, { inner }: Asked): Answer {
  const wanted = constantText(inner.args?.at(-1))?.toUpperCase() ?? '';
  const granted = /\b(SELECT|USAGE|CONNECT|EXECUTE)\b/u.test(wanted);
  return flagOf(granted);
}

function currentSchemas(a: Analysis, { inner }: Asked): Answer {
  const argument = inner.args?.[0];
  const flag =
    argument !== undefined && 'A_Const' in argument ? argument.A_Const.boolval : undefined;
  if (flag === undefined)
    throw refusal('0A000', 'function `current_schemas` expected true or false', {
      offset: inner.location,
    });
  const schemas = existingSchemas(a, flag.boolval === true);
  return constant(textArray(schemas), 'pg_catalog.name[]');
}

function currentSetting(a: Analysis, { inner }: Asked): Answer | null {
  const name = constantText(inner.args?.[0]);
  if (name === undefined) return settingByName(a);
  const value = shownSetting(a.session, name);
  if (value === 'upstream') return null;
  return textOf(value);
}

/** `set_config` of a setting of the session; a name that is no constant (pg_dump loops over pg_settings) sets nothing. */
function setConfig(a: Analysis, { inner }: Asked): Answer | null {
  const [name, value, local] = inner.args ?? [];
  const written = constantText(name);
  if (written === undefined) return textOf(null);
  const flag = local !== undefined && 'A_Const' in local ? local.A_Const.boolval : undefined;
  const scope = flag?.boolval === true || constantText(local) === 'true' ? 'local' : 'session';
  const text = constantText(value);
  if (text === undefined)
    throw refusal('0A000', 'function `set_config` expected constant arguments', {
      offset: inner.location,
    });
  const change = settingChange({ name: written, value: text, scope });
  a.findings.sets.push(change.setting);
  return change.answer === 'upstream'
    ? constant(upstreamSet(change.setting), 'pg_catalog.text')
    : textOf(text);
}

function upstreamSet(setting: SettingChange): string {
  const local = setting.scope === 'local' ? 'true' : 'false';
  return `pg_catalog.set_config(${quoteText(setting.name)}, ${quoteText(setting.value ?? '')}, ${local})`;
}

/** `to_regclass('name')`, resolved here by the virtual search_path when the name is constant. */
function regclassOf(a: Analysis, { inner }: Asked): Answer {
  const text = constantText(inner.args?.[0]);
  if (text === undefined) return relationByName(a);
  const found = resolveRelation(a, text);
  return constant(nullable(found), 'pg_catalog.regclass');
}
