import { variableOf } from './definition.ts';
import type { Definition, SettingGroup } from './definition.ts';

/** The settings of the groups as Markdown tables: the body of `docs/configuration.md`, which a test keeps equal. */
export function documentSettings(groups: readonly SettingGroup[]): string {
  return groups.map(documentGroup).join('\n');
}

function documentGroup(group: SettingGroup): string {
  const rows = Object.entries(group.settings).map(([key, definition]) =>
    row(`${group.prefix}.${key}`, definition),
  );
  return [
    `## ${group.prefix}`,
    '',
    group.doc,
    '',
    '| setting | environment | default | unit | what it does |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function row(name: string, definition: Definition): string {
  const [fallback, unit] =
    definition.kind === 'secret'
      ? [definition.need === 'required' ? 'required' : 'none', 'secret']
      : [`\`${JSON.stringify(definition.fallback)}\``, definition.unit];
  const variable = variableOf(name);
  const variables =
    definition.kind === 'secret' ? `\`${variable}\` or \`${variable}_FILE\`` : `\`${variable}\``;
  return `| \`${name}\` | ${variables} | ${fallback} | ${unit} | ${definition.doc.replaceAll('|', '\\|')} |`;
}
