import { ATTRIBUTE_VALUES_MAX } from '#base/limits';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import { recordAct } from './act.ts';
import { attributeKey, lineOf } from './name.ts';
import { touch } from './revision.ts';
import { credentialsOf } from './subject.ts';
import type { Work } from './work.ts';

const SET = statement(import.meta.url, 'sql/set-attribute.sql');

export type AttributeSetting = { readonly key: string; readonly values: readonly string[] };

/** Makes a subject's attribute hold exactly these values; no values removes it. Throws `invalid` or `limit`. */
export async function setAttribute(
  work: Work,
  name: string,
  setting: AttributeSetting,
): Promise<void> {
  const subject = await credentialsOf(work.tx, name);
  const key = attributeKey(setting.key);
  if (setting.values.length > ATTRIBUTE_VALUES_MAX) {
    const got = setting.values.length;
    throw new Problem(
      'limit',
      `attribute expected at most ${ATTRIBUTE_VALUES_MAX} values, got ${got}`,
    );
  }
  const values = setting.values.map((value) => lineOf(value, 'attribute value'));
  await work.tx.query(SET, [subject.id, key, values]);
  await recordAct(work, {
    action: 'attribute-changed',
    target: `${subject.name} ${key}`,
    after: values,
  });
  await touch(work.tx);
}
