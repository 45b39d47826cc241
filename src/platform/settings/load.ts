import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import { variableOf } from './definition.ts';
import type { Definition, SettingGroup, SettingValues } from './definition.ts';
import { nearest } from './nearest.ts';
import { parseScalar, readSettingsFile } from './settingsfile.ts';
import type { FileEntry } from './settingsfile.ts';

export type LoadOptions = {
  readonly groups: readonly SettingGroup[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of `privet.yaml`; left out, only the environment speaks. */
  readonly file?: string | undefined;
  /** Prefixes of groups that another program reads from the same file. */
  readonly foreignPrefixes?: readonly string[];
};

export type Settings = {
  /** The values of a group that was loaded; throws `internal` for another. */
  of<G extends SettingGroup>(group: G): SettingValues<G>;
};

/** A secret longer than this is the wrong file. */
const SECRET_BYTES_MAX = 64 * 1024;

type Slot = { readonly name: string; readonly definition: Definition };
type Complaint = {
  readonly text: string;
  readonly where?: { file: string; line: number; column: number };
};

/** The path of `privet.yaml` in a home directory, when it is there. */
export function settingsFileIn(home: string): string | undefined {
  const file = join(home, 'privet.yaml');
  return existsSync(file) ? file : undefined;
}

/**
 * Reads every setting of the groups: environment over file over default. All mistakes are reported together, each with
 * its line or its variable, as one `invalid` problem; nothing is started on settings that are half right.
 */
export function loadSettings(options: LoadOptions): Settings {
  const slots = new Map(
    options.groups.flatMap((group) =>
      Object.entries(group.settings).map(([key, definition]) => {
        const name = `${group.prefix}.${key}`;
        return [name, { name, definition }] as const;
      }),
    ),
  );
  const entries =
    options.file === undefined ? [] : readSettingsFile(options.file, [...slots.keys()]);
  const complaints: Complaint[] = [
    ...unknownEntries(entries, slots, options.foreignPrefixes ?? []),
    ...unknownVariables(options, [...slots.values()]),
  ];
  const values = new Map<string, unknown>();
  for (const slot of slots.values()) {
    const entry = entries.find(
      (entry) => entry.name === slot.name || entry.name === `${slot.name}File`,
    );
    try {
      values.set(slot.name, valueOf(slot, entry, options.env));
    } catch (error) {
      complaints.push(complaintOf(error, entry));
    }
  }
  if (complaints.length > 0) throw problemOf(complaints);
  return { of: (group) => pick(group, values) };
}

function pick<G extends SettingGroup>(
  group: G,
  values: ReadonlyMap<string, unknown>,
): SettingValues<G> {
  const picked = Object.keys(group.settings).map((key) => {
    const name = `${group.prefix}.${key}`;
    if (!values.has(name)) throw new Problem('internal', `setting \`${name}\` was not loaded`);
    return [key, values.get(name)];
  });
  return Object.fromEntries(picked) as SettingValues<G>;
}

function valueOf(slot: Slot, entry: FileEntry | undefined, env: LoadOptions['env']): unknown {
  const { name, definition } = slot;
  if (definition.kind === 'secret') return secretOf({ name, definition, entry, env });
  const variable = variableOf(name);
  const text = env[variable];
  if (text !== undefined) return checked({ definition, given: text, label: variable });
  if (entry !== undefined) return checked({ definition, given: entry.value, label: name });
  return definition.fallback;
}

type PlainGiven = {
  readonly definition: Extract<Definition, { kind: 'plain' }>;
  readonly given: unknown;
  readonly label: string;
};

/** An environment variable is text; where the setting is no text, it is read as YAML would read it. */
function checked({ definition, given, label }: PlainGiven): unknown {
  const first = definition.schema.safeParse(given);
  if (first.success) return first.data;
  if (typeof given === 'string') {
    const second = definition.schema.safeParse(parseScalar(given));
    if (second.success) return second.data;
  }
  const issue = first.error.issues[0];
  throw new Problem('invalid', `\`${label}\` ${lowerFirst(issue?.message ?? 'does not fit')}`, {
    hint: definition.doc,
  });
}

type SecretGiven = {
  readonly name: string;
  readonly definition: Extract<Definition, { kind: 'secret' }>;
  readonly entry: FileEntry | undefined;
  readonly env: LoadOptions['env'];
};

function secretOf({ name, definition, entry, env }: SecretGiven): Secret | null {
  const variable = variableOf(name);
  if (entry !== undefined && entry.name === name) {
    throw new Problem('invalid', `\`${name}\` is a secret and does not belong in a settings file`, {
      hint: `set ${variable}, or name a file with \`${name}File\` or ${variable}_FILE`,
    });
  }
  const direct = env[variable];
  if (direct !== undefined && direct !== '') return secret(direct);
  const path = env[`${variable}_FILE`] ?? entry?.value;
  if (typeof path === 'string') return secret(secretFile(path, name));
  if (definition.need === 'optional') return null;
  throw new Problem('invalid', `\`${name}\` expected a secret, got none`, {
    hint: `set ${variable}, or name a file with ${variable}_FILE`,
  });
}

function secretFile(path: string, name: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Problem('invalid', `\`${name}\` names the file \`${path}\`, which cannot be read`, {
      cause,
    });
  }
  if (text.length > SECRET_BYTES_MAX) {
    throw new Problem('invalid', `\`${name}\` names a file of more than ${SECRET_BYTES_MAX} bytes`);
  }
  return text.replace(/\r?\n$/u, '');
}

function unknownEntries(
  entries: readonly FileEntry[],
  slots: ReadonlyMap<string, Slot>,
  foreignPrefixes: readonly string[],
): Complaint[] {
  const foreign = (name: string) => foreignPrefixes.some((prefix) => name.startsWith(`${prefix}.`));
  return entries
    .filter(({ name }) => !slots.has(name) && !isSecretFile(name, slots) && !foreign(name))
    .map(({ name, where }) => {
      const guess = nearest(name, [...slots.keys()]);
      const ending = guess === undefined ? '' : `; did you mean \`${guess}\`?`;
      return { text: `unknown setting \`${name}\`${ending}`, where };
    });
}

/** Variables that look like settings of these groups and are none; others may belong to another program. */
function unknownVariables(options: LoadOptions, slots: readonly Slot[]): Complaint[] {
  const { groups, env, foreignPrefixes = [] } = options;
  const known = slots.flatMap(({ name, definition }) => {
    const variable = variableOf(name);
    return definition.kind === 'secret' ? [variable, `${variable}_FILE`] : [variable];
  });
  const ours = groups
    .filter(({ prefix }) => !foreignPrefixes.includes(prefix))
    .map(({ prefix }) => `${variableOf(prefix)}_`);
  return Object.keys(env)
    .filter((variable) => ours.some((start) => variable.startsWith(start)))
    .filter((variable) => !known.includes(variable))
    .map((variable) => {
      const guess = nearest(variable, known);
      const ending = guess === undefined ? '' : `; did you mean \`${guess}\`?`;
      return { text: `unknown variable \`${variable}\`${ending}` };
    });
}

function isSecretFile(name: string, slots: ReadonlyMap<string, Slot>): boolean {
  return (
    name.endsWith('File') && slots.get(name.slice(0, -'File'.length))?.definition.kind === 'secret'
  );
}

function complaintOf(error: unknown, entry: FileEntry | undefined): Complaint {
  if (!(error instanceof Problem)) throw error;
  const text = error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  const fromFile = entry !== undefined && !error.message.startsWith('`PRIVET_');
  return fromFile ? { text, where: entry.where } : { text };
}

function problemOf(complaints: readonly Complaint[]): Problem {
  const lines = complaints.map(({ text, where }) =>
    where === undefined ? text : `${where.file}:${where.line}:${where.column}: ${text}`,
  );
  const where = complaints[0]?.where;
  return new Problem('invalid', `settings: ${lines.join('\n')}`, {
    hint: 'every setting is described in docs/configuration.md',
    ...(where === undefined ? {} : { where }),
  });
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
