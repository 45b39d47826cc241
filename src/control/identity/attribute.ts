import { ATTRIBUTE_VALUES_MAX } from '#base/limits';
import { Problem } from '#base/problem';
import { ATTRIBUTES_MAX } from '#boundary';
import { statement } from '#platform/db';
import { recordAct } from './act.ts';
import { attributeKey, attributeValue } from './name.ts';
import { touch } from './revision.ts';
import { credentialsOf } from './subject.ts';
import type { Work } from './work.ts';

const SET = statement(import.meta.url, 'sql/set-attribute.sql');
const COUNT = statement(import.meta.url, 'sql/count-attributes.sql');

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
  const values = setting.values.map(attributeValue);
  await work.tx.query(SET, [subject.id, key, values]);
  await requireRoom(work, subject.id);
  await recordAct(work, {
    action: 'attribute-changed',
    target: `${subject.name} ${key}`,
    after: values,
  });
  await touch(work.tx);
}

/** More than a bundle carries for one subject, and no plane would get any bundle. */
async function requireRoom(work: Work, subjectId: string): Promise<void> {
  const { rows } = await work.tx.query<{ attributes: number }>(COUNT, [subjectId]);
  if ((rows[0]?.attributes ?? 0) <= ATTRIBUTES_MAX) return;
  throw new Problem('limit', `a subject has at most ${ATTRIBUTES_MAX} attributes`);
}
