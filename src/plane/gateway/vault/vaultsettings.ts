import type { SettingChange, StatementPlan } from '#engines/sql';

/** Settings that change how values look, which the engine is told with each statement. */
const TOLD = ['bytea_output', 'datestyle', 'extra_float_digits', 'intervalstyle', 'timezone'];
/** What SHOW answers from here, with what a session begins with. */
const OWN: Readonly<Record<string, string>> = {
  search_path: '"$user", public',
  'privet.purpose': '',
  'privet.ticket': '',
  'privet.redaction': '',
};

/** The settings of a session at a vault. Nothing of it lives at the engine, so they are kept here, with a transaction's way of undoing. */
export type VaultSettings = {
  get(name: string): string;
  /** Those that SHOW answers from here. */
  own(): Readonly<Record<string, string>>;
  /** Those the engine is told. */
  told(): readonly (readonly [name: string, value: string])[];
  set(change: SettingChange): void;
  /** What a statement does to settings when it succeeds. */
  apply(plan: StatementPlan): void;
  begin(): void;
  commit(): void;
  rollback(): void;
};

/** Whether a change must be tried at the engine before it is believed. */
export function isTold({ name, value }: SettingChange): boolean {
  return value !== null && TOLD.includes(name);
}

/** `given` are those of the start-up. */
export function createVaultSettings(given: ReadonlyMap<string, string>): VaultSettings {
  const initial: ReadonlyMap<string, string> = new Map([
    ['timezone', 'UTC'],
    ...Object.entries(OWN),
    ...given,
  ]);
  let current = initial;
  let session = initial;
  let atBegin = initial;
  const changed = (from: ReadonlyMap<string, string>, { name, value }: SettingChange) => {
    const next = new Map(from);
    const fallback = value ?? initial.get(name);
    if (fallback === undefined) next.delete(name);
    else next.set(name, fallback);
    return next;
  };
  const set = (change: SettingChange): void => {
    current = changed(current, change);
    if (change.scope === 'session') session = changed(session, change);
  };
  const settle = (to: ReadonlyMap<string, string>): void => {
    current = to;
    session = to;
    atBegin = to;
  };
  return {
    get: (name) => current.get(name) ?? '',
    own: () => Object.fromEntries(Object.keys(OWN).map((name) => [name, current.get(name) ?? ''])),
    told: () => [...current].filter(([name]) => TOLD.includes(name)),
    set,
    apply(plan) {
      for (const change of plan.sets) set(change);
      if (plan.kind === 'set') set(plan.setting);
      const all = plan.kind === 'discard' && plan.target === 'all';
      if (plan.kind === 'reset' && plan.name !== null) {
        set({ name: plan.name.toLowerCase(), value: null, scope: 'session' });
      } else if (plan.kind === 'reset' || all) settle(initial);
    },
    begin: () => {
      atBegin = session;
    },
    commit: () => settle(session),
    rollback: () => settle(atBegin),
  };
}
