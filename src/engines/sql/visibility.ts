import type { Analysis } from './analysis.ts';
import { LABEL } from './answerform.ts';
import type { Answer } from './answerform.ts';
import { textArray } from './quote.ts';
import { searchPath } from './searchpath.ts';
import { systemSelect } from './systemselect.ts';

type Maker = (a: Analysis) => Answer;

/** Functions that ask whether an object is found without its schema: the catalog, and its columns for name and schema. */
const FUNCTIONS: readonly (readonly [string, string, string, string])[] = [
  ['pg_table_is_visible', 'pg_class', 'relname', 'relnamespace'],
  ['pg_type_is_visible', 'pg_type', 'typname', 'typnamespace'],
  ['pg_collation_is_visible', 'pg_collation', 'collname', 'collnamespace'],
  ['pg_statistics_obj_is_visible', 'pg_statistic_ext', 'stxname', 'stxnamespace'],
];

/** Those whose objects share names (by argument types): being in a schema of the path is being visible. */
const OVERLOADED: readonly (readonly [string, string, string])[] = [
  ['pg_function_is_visible', 'pg_proc', 'pronamespace'],
  ['pg_operator_is_visible', 'pg_operator', 'oprnamespace'],
  ['pg_opclass_is_visible', 'pg_opclass', 'opcnamespace'],
  ['pg_opfamily_is_visible', 'pg_opfamily', 'opfnamespace'],
  ['pg_conversion_is_visible', 'pg_conversion', 'connamespace'],
  ['pg_ts_config_is_visible', 'pg_ts_config', 'cfgnamespace'],
  ['pg_ts_dict_is_visible', 'pg_ts_dict', 'dictnamespace'],
  ['pg_ts_parser_is_visible', 'pg_ts_parser', 'prsnamespace'],
  ['pg_ts_template_is_visible', 'pg_ts_template', 'tmplnamespace'],
];

/** Answers by the virtual search_path: upstream it is always pg_catalog alone. The list of OIDs is made once a query. */
export const visibility: readonly (readonly [string, Maker])[] = [
  ...FUNCTIONS.map(([name, catalog, label, schema]): [string, Maker] => [
    name,
    (a) => {
      const path = pathText(a);
      const rows = systemSelect(a, { schema: 'pg_catalog', name: catalog }, ['oid', label, schema]);
      return within(
        `SELECT DISTINCT ON (o.${label}) o.oid FROM (${rows}) AS o JOIN pg_catalog.pg_namespace s ON s.oid = o.${schema}` +
          ` WHERE s.nspname = ANY (${path}) ORDER BY o.${label}, pg_catalog.array_position(${path}, s.nspname::pg_catalog.text)`,
      );
    },
  ]),
  ...OVERLOADED.map(([name, catalog, schema]): [string, Maker] => [
    name,
    (a) => {
      const rows = systemSelect(a, { schema: 'pg_catalog', name: catalog }, ['oid', schema]);
      return within(
        `SELECT o.oid FROM (${rows}) AS o JOIN pg_catalog.pg_namespace s ON s.oid = o.${schema} WHERE s.nspname = ANY (${pathText(a)})`,
      );
    },
  ]),
];

function pathText(a: Analysis): string {
  return textArray(searchPath(a));
}

/** The argument stands in a subquery without FROM, so that its names still mean what they mean outside. */
function within(oids: string): Answer {
  return {
    kind: 'around',
    type: 'pg_catalog.bool',
    before: '(',
    after: `)::pg_catalog.oid = ANY (ARRAY(${oids}))${LABEL}`,
  };
}
