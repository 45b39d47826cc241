import { Problem } from '#base/problem';
import type { MaskKey } from '#engines/crypto';
import type { Keyring } from '#plane/keys';
import type { CellThread } from '../records/cellthread.ts';
import { keyVersions, parsedRecord, recordOpener } from '../records/sealedrecord.ts';
import type { OpenKeys, OpenRecord, ParsedRecord, StoredRecord } from '../records/sealedrecord.ts';
import { openAhead } from '../records/sealing.ts';
import type { Wanted } from '../records/sealing.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';
import type { SubjectKeys } from './subjectkeys.ts';
import { cellScope, indexKey } from './vaultkeys.ts';

/**
 * Thrown inside a transaction that lacks keys. They are fetched outside of it and the work is run again: a transaction
 * that waited for the key service would hold a connection which the key service's own bookkeeping needs.
 */
export class KeysMissing extends Error {
  readonly fetch: () => Promise<void>;

  constructor(fetch: () => Promise<void>) {
    super('keys missing');
    this.fetch = fetch;
  }
}

/** The keys one request works with; made anew for every request, so that the kill switch holds. */
export type KeyBag = {
  readonly index: MaskKey;
  /** The newest key of a table's cells. */
  newest(table: TableSchema): Promise<MaskKey>;
  /** Fetches what the records need, then opens them as `opened` does; `columnsOf` tells which columns of a record will be asked for. */
  open(
    table: TableSchema,
    records: readonly StoredRecord[],
    columnsOf?: ColumnsOf,
  ): Promise<readonly Opened[]>;
  /** Opens records with the keys at hand; throws `KeysMissing`. Gives `corrupt` problems instead of throwing them. */
  opened(table: TableSchema, records: readonly StoredRecord[]): readonly Opened[];
  /** The key of a subject at hand, null when it was destroyed; throws `KeysMissing`. */
  subjectKey(subject: bigint | null): Uint8Array | null;
  fetchSubjects(subjects: Iterable<bigint>): Promise<void>;
};

/** The numbers of the columns of a record that will be asked for, by its id. */
export type ColumnsOf = (record: string) => readonly number[];

/** A record, or why it cannot be opened. */
export type Opened =
  | { readonly kind: 'record'; readonly record: OpenRecord }
  | { readonly kind: 'gone'; readonly id: string }
  | { readonly kind: 'corrupt'; readonly id: string; readonly problem: Problem };

/** What keys come from, and where many records are opened. */
type KeyGround = {
  readonly ports: { readonly keyring: Keyring };
  readonly subjectKeys: SubjectKeys;
  readonly cellThread: CellThread;
};

export async function createKeyBag(ground: KeyGround, vault: VaultSchema): Promise<KeyBag> {
  const { subjectKeys, cellThread } = ground;
  const { keyring } = ground.ports;
  const index = await indexKey(keyring, vault);
  /** Null for one that never was. */
  const versions = new Map<string, MaskKey | null>();
  const subjects = new Map<bigint, Uint8Array | null>();
  const nameOf = (table: TableSchema, version: number) => `${table.id} ${version}`;

  const fetchVersion = async (table: TableSchema, version: number) => {
    const key = await keyOrNull(() => keyring.version(cellScope(vault, table), version));
    versions.set(nameOf(table, version), key?.maskKey ?? null);
  };
  const versionOf = (table: TableSchema) => (version: number) => {
    const key = versions.get(nameOf(table, version)) ?? null;
    if (key !== null) return key;
    throw new Problem('corrupt', 'record names a key that never was');
  };
  const fetchSubjects = async (wanted: Iterable<bigint>) => {
    const found = await subjectKeys.keysOf(vault, wanted);
    for (const [subject, key] of found) subjects.set(subject, key);
  };
  const missingOf = (table: TableSchema, records: readonly ParsedRecord[]) => ({
    versions: [...keyVersions(records)].filter((version) => !versions.has(nameOf(table, version))),
    subjects: new Set(
      records.flatMap(({ subject }) =>
        subject === null || subjects.has(subject) ? [] : [subject],
      ),
    ),
  });
  const fetchFor = async (table: TableSchema, records: readonly ParsedRecord[]) => {
    const missing = missingOf(table, records);
    for (const version of missing.versions) await fetchVersion(table, version);
    if (missing.subjects.size > 0) await fetchSubjects(missing.subjects);
  };
  return {
    index,
    async newest(table) {
      const key = await keyring.use(cellScope(vault, table));
      versions.set(nameOf(table, key.version), key.maskKey);
      return key.maskKey;
    },
    async open(table, records, columnsOf) {
      const parsed = records.map(parsedRecord);
      await fetchFor(table, parsed);
      const keys = { index, version: versionOf(table), subjects };
      const sizeBytes = records.reduce((sum, { body }) => sum + body.length, 0);
      // A code over a record costs about as much as a cell, and one cell of each is wanted.
      const cells = 2 * records.length;
      return columnsOf !== undefined && cellThread.takes({ cells, sizeBytes })
        ? openInThread(cellThread, { vault, table, keys }, { parsed, columnsOf })
        : openAll({ vault, table, keys }, parsed);
    },
    opened(table, records) {
      const parsed = records.map(parsedRecord);
      const missing = missingOf(table, parsed);
      if (missing.versions.length + missing.subjects.size > 0) {
        throw new KeysMissing(() => fetchFor(table, parsed));
      }
      return openAll(
        { vault, table, keys: { index, version: versionOf(table), subjects } },
        parsed,
      );
    },
    subjectKey(subject) {
      if (subject === null) return null;
      const key = subjects.get(subject);
      if (key === undefined) throw new KeysMissing(() => fetchSubjects([subject]));
      return key;
    },
    fetchSubjects,
  };
}

type Openable = {
  readonly vault: VaultSchema;
  readonly table: TableSchema;
  readonly keys: OpenKeys & { readonly subjects: ReadonlyMap<bigint, Uint8Array | null> };
};

function openAll(
  { vault, table, keys }: Openable,
  records: readonly ParsedRecord[],
): readonly Opened[] {
  const open = recordOpener(vault, table, keys);
  return records.map((parsed) => {
    const { id, subject } = parsed;
    const key = subject === null ? null : (keys.subjects.get(subject) ?? null);
    if (subject !== null && key === null) return { kind: 'gone', id };
    return openOne(() => open(parsed, key), id);
  });
}

async function openInThread(
  thread: CellThread,
  { vault, table, keys }: Openable,
  work: { readonly parsed: readonly ParsedRecord[]; readonly columnsOf: ColumnsOf },
): Promise<readonly Opened[]> {
  const wanted: Wanted[] = [];
  const opened = work.parsed.map((record): Opened | null => {
    const { id, version, subject, parts, body } = record;
    const subjectKey = subject === null ? null : (keys.subjects.get(subject) ?? null);
    if (subject !== null && subjectKey === null) return { kind: 'gone', id };
    if (parts instanceof Problem) return corrupt(id, parts);
    const columns = work.columnsOf(id);
    wanted.push({ id, version, subject, canary: false, subjectKey, body, parts, columns });
    return null;
  });
  const found = (await openAhead(thread, { vault, table }, { keys, wanted })).values();
  return opened.map((one, i): Opened => {
    if (one !== null) return one;
    const record = found.next().value;
    if (record instanceof Problem) return corrupt(work.parsed[i]?.id ?? '', record);
    if (record === undefined) throw new Problem('internal', 'a record was not looked at');
    return { kind: 'record', record };
  });
}

/** The key, or null when there never was one. */
async function keyOrNull<K>(key: () => Promise<K>): Promise<K | null> {
  try {
    return await key();
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'not-found') return null;
    throw thrown;
  }
}

/** The bag of one request, the same however often the request is run again: what it fetched stays in it. */
export type Bags = (vault: VaultSchema) => Promise<KeyBag>;

export function bagsOf(ground: KeyGround): Bags {
  let bag: KeyBag | null = null;
  return async (vault) => (bag ??= await createKeyBag(ground, vault));
}

function openOne(open: () => OpenRecord, id: string): Opened {
  try {
    return { kind: 'record', record: open() };
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'corrupt') return corrupt(id, thrown);
    throw thrown;
  }
}

function corrupt(id: string, cause: Problem): Opened {
  const message = `record \`${id}\`: ${cause.message}`;
  return { kind: 'corrupt', id, problem: new Problem('corrupt', message, { cause }) };
}
