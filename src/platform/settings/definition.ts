import type { z } from 'zod';
import type { Secret } from '#base/secret';

/** How one setting is described; the group adds its name. Durations and sizes carry their unit in the key as well. */
export type Definition =
  | {
      readonly kind: 'plain';
      readonly schema: z.ZodType;
      readonly fallback: unknown;
      readonly unit: string;
      readonly doc: string;
    }
  | { readonly kind: 'secret'; readonly need: 'required' | 'optional'; readonly doc: string };

type Plain<T> = Extract<Definition, { kind: 'plain' }> & { readonly value?: (value: T) => void };
type SecretDefinition<N extends 'required' | 'optional'> = Extract<
  Definition,
  { kind: 'secret' }
> & {
  readonly need: N;
};

/** The settings of one part under one prefix: `group('gateway', { port: setting(…) })` makes `gateway.port`. */
export type SettingGroup<
  D extends Readonly<Record<string, Definition>> = Readonly<Record<string, Definition>>,
> = {
  readonly prefix: string;
  readonly doc: string;
  readonly settings: D;
};

/** The values of a group, by the keys of its definitions; secrets stay wrapped. */
export type SettingValues<G extends SettingGroup> = {
  readonly [K in keyof G['settings']]: G['settings'][K] extends SecretDefinition<'required'>
    ? Secret
    : G['settings'][K] extends SecretDefinition<'optional'>
      ? Secret | null
      : G['settings'][K] extends Plain<infer T>
        ? T
        : never;
};

/** A setting anybody may read, with the value it has when nobody sets it, its unit (`''` for none) and one sentence. */
export function setting<S extends z.ZodType>(
  schema: S,
  described: { readonly fallback: z.output<S>; readonly unit?: string; readonly doc: string },
): Plain<z.output<S>> {
  return {
    kind: 'plain',
    schema,
    fallback: described.fallback,
    unit: described.unit ?? '',
    doc: described.doc,
  };
}

/** A secret: taken from the environment or from a file it names, never from `privet.yaml`; null when optional and unset. */
export function secretSetting<N extends 'required' | 'optional'>(
  need: N,
  doc: string,
): SecretDefinition<N> {
  return { kind: 'secret', need, doc };
}

/** Puts settings under a prefix, with a sentence that heads them in the documentation. */
export function group<const D extends Readonly<Record<string, Definition>>>(
  prefix: string,
  doc: string,
  settings: D,
): SettingGroup<D> {
  return { prefix, doc, settings };
}

/** The environment variable of a setting: `gateway.idleSecondsMax` is `PRIVET_GATEWAY_IDLE_SECONDS_MAX`. */
export function variableOf(name: string): string {
  return `PRIVET_${name
    .replaceAll('.', '_')
    .replaceAll(/([a-z0-9])([A-Z])/gu, '$1_$2')
    .toUpperCase()}`;
}
