import { TAG_DEPTH_MAX } from '#base/limits';
import { NAME_MAX } from '#boundary';
import type { ColumnSchema } from './schema.ts';

/** Tags of one column that leave the plane. */
const CLASSES_MAX = 60;
/** What a level of a tag may be made of. */
const ODD = /[^A-Za-z0-9_-]+/gu;
const LEVEL_CHARACTERS_MAX = 63;

/**
 * What the schema says of a column's sensitivity, as tags of the catalog: `Vault.Sensitivity.HIGH`, `Vault.PrivacyLaw.GDPR`. Its own
 * tags as they are. What cannot be part of a tag is a hyphen.
 */
export function classesOf({ classification }: Pick<ColumnSchema, 'classification'>): string[] {
  const { dataType, identifiability, sensitivity, ...lists } = classification;
  const under = (kind: string, values: readonly (string | null)[]) =>
    values.flatMap((value) => tagOf(`Vault.${kind}`, value ?? ''));
  const tags = [
    ...under('DataType', [dataType?.replace(/^skyflow\./u, '') ?? null]),
    ...under('Identifiability', [identifiability]),
    ...under('Sensitivity', [sensitivity]),
    ...under('PersonalInformation', lists.personalInformation),
    ...under('PrivacyLaw', lists.privacyLaws),
    ...lists.tags.flatMap((tag) => {
      const [first = '', ...rest] = tag.split('.');
      return tagOf(level(first), rest.join('.'));
    }),
  ];
  return [...new Set(tags)].slice(0, CLASSES_MAX);
}

function tagOf(head: string, rest: string): readonly string[] {
  const levels = rest.split('.').map(level).filter(Boolean);
  if (head === '' || (levels.length === 0 && head.includes('.'))) return [];
  const kept = [head, ...levels].join('.').split('.').slice(0, TAG_DEPTH_MAX);
  while (kept.join('.').length > NAME_MAX) kept.pop();
  return [kept.join('.')];
}

function level(text: string): string {
  return text
    .trim()
    .replaceAll(ODD, '-')
    .replace(/^[-_]+/u, '')
    .slice(0, LEVEL_CHARACTERS_MAX);
}
