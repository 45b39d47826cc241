import { hash } from 'node:crypto';
import { Problem } from '#base/problem';
import { statement, transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { Ruling, VaultCaller } from '../caller.ts';
import { countsOf, forgottenAt } from './exporting.ts';
import { sameCounts } from './exportmanifest.ts';
import type { ExportLine } from './exportpage.ts';
import { partCipher } from './exportseal.ts';
import type { FileHead } from '../files/filehead.ts';
import type { VaultGround } from '../ground.ts';
import { fileValues, headsOf, useFiles, writeFiles } from './importfiles.ts';
import { begun } from './importing.ts';
import { readFiles, readLines } from './importline.ts';
import { bagsOf } from '../keys/keybag.ts';
import { recordsById } from '../records/recordtable.ts';
import { RowFailures } from '../records/rowfailures.ts';
import { runAgain } from '../writing/runagain.ts';
import { columnOf, tableOf } from '../schema/schema.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';
import { commitRows } from '../writing/write.ts';
import { checkRow } from '../writing/writerow.ts';
import type { CheckedRow, MovedToken } from '../writing/writerow.ts';

const PART = statement(import.meta.url, '../sql/importpart.sql');
const IS_THERE = statement(import.meta.url, '../sql/importpartis.sql');
const LOCK = statement(import.meta.url, '../sql/importlock.sql');

const ALLOWED: Ruling = {
  id: 'dec_importing',
  effect: 'allow',
  reads: [],
  shows: () => 'PLAIN_TEXT',
};
const RULINGS = { insert: () => ALLOWED, update: () => ALLOWED, tokenize: () => ALLOWED };

/** One part of an import, as it came. */
export type ImportPart = {
  readonly id: string;
  readonly number: number;
  readonly bytes: Uint8Array;
};

/**
 * Writes the records or the files of a part, all or none; a part that is in already is left alone. What is of people who were
 * forgotten at the vault it comes from, as this plane or a signed list knows, is left out. Throws `invalid` for a part that is not
 * what the manifest says, `conflict` for one that needs others first.
 */
export async function importPart(
  ground: VaultGround,
  caller: VaultCaller,
  part: ImportPart,
): Promise<void> {
  const { id, number } = part;
  const opened = await begun(ground, id);
  const { manifest, key, signer, listed } = opened;
  const told = manifest.parts[number];
  if (told?.sha256 !== hash('sha256', part.bytes)) {
    throw new Problem('invalid', `part ${number} is not what the manifest says`, {
      hint: 'the file was changed, or is not whole: copy it again, or export again',
    });
  }
  if (await isThere(ground, part)) return;
  const cipher = partCipher(key, manifest.sender, { ...manifest, signer });
  const plain = cipher.open(number, part.bytes);
  const known = await forgottenAt(ground, manifest.vault);
  const isKept = ({ subject }: Pick<ExportLine, 'subject'>) =>
    subject === null || !(known.has(subject) || listed.has(subject));
  const note: Note = async (tx, [records, tokens, leftOut, files]) => {
    const counts = [records, tokens, leftOut, files, listed.size];
    const { rowCount } = await tx.query(PART, [id, number, ...counts]);
    if (rowCount === 1) return;
    throw new Problem('conflict', 'the import changed meanwhile', { hint: 'bring it again' });
  };
  const work = { ...opened, caller, part, note };
  try {
    if (told.records === 0) {
      const all = readFiles(plain, told.files);
      const pieces = all.filter(({ line }) => isKept(line));
      await bringFiles(ground, { ...work, cipher, pieces });
    } else {
      const lines = readLines(plain, told.records);
      if (!sameCounts(countsOf(lines), told)) {
        throw new Problem('invalid', 'a part expected as many tokens as the manifest says');
      }
      const kept = lines.filter(isKept);
      await bringLines(ground, { ...work, lines: kept, leftOut: lines.length - kept.length });
    }
  } catch (thrown) {
    // Somebody else brought it in this moment: its records cannot be written a second time.
    if (await isThere(ground, part)) return;
    // Whoever abandons it in this moment holds it until it is over, and keys go before: it is that, then, not a fault.
    await transaction(ground.ports.pool, (tx) => tx.query(LOCK, [id]));
    await begun(ground, id);
    throw thrown;
  }
}

/** Notes that the part is in: records, tokens, records left out, files. */
type Note = (
  tx: Transaction,
  counts: readonly [records: number, tokens: number, leftOut: number, files: number],
) => Promise<void>;

async function isThere({ ports }: VaultGround, { id, number }: ImportPart): Promise<boolean> {
  return (await ports.pool.query(IS_THERE, [id, number])).rows.length > 0;
}

type Work = {
  readonly caller: VaultCaller;
  readonly vault: VaultSchema;
  readonly part: ImportPart;
  readonly note: Note;
};

async function bringFiles(
  ground: VaultGround,
  work: Work & Pick<Parameters<typeof writeFiles>[1], 'cipher' | 'pieces'>,
): Promise<void> {
  const { part, note, pieces } = work;
  const written = await writeFiles(ground, { ...work, ...part });
  const ended = pieces.filter(({ line }) => line.at + line.bytes === line.sizeBytes);
  try {
    await transaction(ground.ports.pool, async (tx) => {
      await note(tx, [0, 0, 0, ended.length]);
      await written.note(tx);
    });
  } catch (thrown) {
    await written.undo();
    throw thrown;
  }
  await ground.trash.empty();
}

async function bringLines(
  ground: VaultGround,
  work: Work & { readonly lines: readonly ExportLine[]; readonly leftOut: number },
): Promise<void> {
  const { caller, vault, part, note, lines, leftOut } = work;
  const heads = await headsOf(ground, part.id, lines);
  const nowMs = ground.ports.clock();
  const rows = lines.map((line, row) => rowOf(vault, line, { row, heads, nowMs }));
  const moved = rows.reduce((sum, { target }) => sum + transientOf(target).length, 0);
  const tokens = countsOf(lines).tokens + moved;
  const bags = bagsOf(ground);
  const request = {
    caller,
    vault: vault.id,
    rows: lines.map(({ table, fields }) => ({ kind: 'insert', table, fields }) as const),
    rulings: RULINGS,
  };
  const also = async (tx: Transaction) => {
    await note(tx, [lines.length, tokens, leftOut, 0]);
    await useFiles(ground, tx, { id: part.id, heads });
  };
  try {
    await runAgain(async () => {
      // Again with each try: another part may have brought one of them in this moment.
      await requireNew(ground, rows);
      const bag = await bags(vault);
      return commitRows(ground, { request, vault, bag, rows, failed: new Map(), also });
    });
  } catch (thrown) {
    if (!(thrown instanceof RowFailures)) throw thrown;
    throw [...thrown.problems.values()][0] ?? thrown;
  }
}

/** Throws `invalid` for records that are there already: another part had them. */
async function requireNew({ ports }: VaultGround, rows: readonly CheckedRow[]): Promise<void> {
  for (const [table, group] of Map.groupBy(rows, (row) => row.table)) {
    const ids = group.flatMap(({ target }) => (target.kind === 'new' ? (target.id ?? []) : []));
    const [twice] = await recordsById(ports.pool, table, ids);
    if (twice === undefined) continue;
    throw new Problem(
      'invalid',
      `parts expected each record once: \`${table.name}\` has \`${twice.id}\` already`,
    );
  }
}

function transientOf(target: CheckedRow['target']): readonly MovedToken[] {
  return target.kind === 'new' ? (target.transient ?? []) : [];
}

/** The row of a record, which keeps its id. */
function rowOf(
  vault: VaultSchema,
  line: ExportLine,
  given: {
    readonly row: number;
    readonly heads: ReadonlyMap<string, FileHead>;
    readonly nowMs: number;
  },
): CheckedRow {
  const { table: name, fields, tokens, canary, id } = line;
  const row = { kind: 'insert', table: name, fields, tokens, canary } as const;
  const checked = checkRow(vault, row, { number: given.row, bring: 'may' });
  const table = tableOf(vault, name);
  const values = [...checked.change.values, ...fileValues(table, line, given.heads)];
  const transient = movedTokens(table, line, given.nowMs);
  const target = { kind: 'new', canary, id, transient } as const;
  return { ...checked, change: { ...checked.change, values }, target };
}

/** The transient tokens of a record whose time is not over yet. */
function movedTokens(
  table: TableSchema,
  { transient, fields }: ExportLine,
  nowMs: number,
): readonly MovedToken[] {
  return Object.entries(transient).flatMap(([name, groups]) => {
    const column = columnOf(table, name);
    return Object.entries(groups).flatMap(([group, held]) => {
      const policy = column.tokens.find((one) => one.group === group);
      const ttlSeconds = policy?.ttlSeconds ?? null;
      if (policy === undefined || ttlSeconds === null || (fields[name] ?? null) === null) {
        throw new Problem('invalid', `column \`${table.name}.${name}\` has no such tokens`);
      }
      // None lives longer than one that is made now: whoever signed the part may have written any end.
      const latestMs = nowMs + ttlSeconds * 1_000;
      return held
        .filter(({ expiresAtMs }) => expiresAtMs > nowMs)
        .map(({ token, expiresAtMs }) => {
          const end = Math.min(expiresAtMs, latestMs);
          return { column: column.number, space: policy.space, token, expiresAtMs: end };
        });
    });
  });
}
