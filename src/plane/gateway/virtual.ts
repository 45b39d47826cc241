/** The settings the gateway keeps itself, never the source: which schemas names mean, and what the person acts for. */
export const VIRTUAL_NAMES = ['search_path', 'privet.project', 'privet.purpose'] as const;
export type VirtualName = (typeof VIRTUAL_NAMES)[number];

export type VirtualValues = Readonly<Record<VirtualName, string>>;

/** Those settings of one session, with a transaction's way of undoing. */
export type VirtualSettings = {
  values(): VirtualValues;
  set(name: VirtualName, value: string | null, scope: 'session' | 'local'): void;
  /** All of them back to what the session began with. */
  resetAll(): void;
  /** A transaction ended well: local values go, the rest stays. */
  commit(): void;
  /** A transaction failed or was rolled back: everything is as it was when it began. */
  rollback(): void;
  /** The same settings apart from these, to try out what statements will do. */
  fork(): VirtualSettings;
};

const defaults: VirtualValues = {
  search_path: '"$user", public',
  'privet.project': '',
  'privet.purpose': '',
};

export function isVirtual(name: string): name is VirtualName {
  return (VIRTUAL_NAMES as readonly string[]).includes(name);
}

/** Whether all settings are the same. */
export function sameValues(left: VirtualValues, right: VirtualValues): boolean {
  return VIRTUAL_NAMES.every((name) => left[name] === right[name]);
}

/** The settings of a new session: what start-up gave, else the defaults. */
export function createVirtualSettings(given: Partial<VirtualValues>): VirtualSettings {
  const initial: VirtualValues = { ...defaults, ...given };
  return settingsFrom({ initial, atBegin: initial, session: initial, current: initial });
}

type Stand = Readonly<Record<'initial' | 'atBegin' | 'session' | 'current', VirtualValues>>;

function settingsFrom(from: Stand): VirtualSettings {
  const { initial } = from;
  let { atBegin, session, current } = from;
  return {
    values: () => current,
    set: (name, value, scope) => {
      const changed = { [name]: value ?? initial[name] };
      current = { ...current, ...changed };
      if (scope === 'session') session = { ...session, ...changed };
    },
    resetAll: () => {
      current = initial;
      session = initial;
    },
    commit: () => {
      current = session;
      atBegin = session;
    },
    rollback: () => {
      session = atBegin;
      current = atBegin;
    },
    fork: () => settingsFrom({ initial, atBegin, session, current }),
  };
}

/** The schemas a search_path text names, `$user` replaced (PostgreSQL manual, search_path); null when it is no list of names. */
export function schemasOf(searchPath: string, userName: string): readonly string[] | null {
  const schemas: string[] = [];
  const name = /\s*(?:"((?:[^"]|"")+)"|([^\s,"]+))\s*(,|$)/uy;
  if (searchPath.trim() === '') return [];
  while (name.lastIndex < searchPath.length) {
    const found = name.exec(searchPath);
    if (found === null) return null;
    const schema = found[1]?.replaceAll('""', '"') ?? found[2]?.toLowerCase() ?? '';
    schemas.push(schema === '$user' ? userName : schema);
    if (found[3] === '') return schemas;
  }
  // The text ended with a comma.
  return null;
}
