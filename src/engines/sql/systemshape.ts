import { SYSTEM_SHAPES } from './systemshapes.ts';

/** A column of a system catalog. */
export type SystemColumn = { readonly name: string; readonly typeOid: number };

const OLDEST = 15;
const NEWEST = 18;

/** By `schema.relation`: its columns in the oldest and the newest version we know, null where it does not exist. */
type Shape = { oldest: readonly SystemColumn[] | null; newest: readonly SystemColumn[] | null };

const shapes = shapesOf(SYSTEM_SHAPES);

function shapesOf(text: string): Map<string, Shape> {
  const found = new Map<string, Shape>();
  for (const line of text.trim().split('\n')) {
    const [, version, name = '', rest = ''] = /^(?:(\d+) )?(\S+) (.*)$/u.exec(line) ?? [];
    const columns = rest.split(' ').map((part) => {
      const [column = '', oid = '0'] = part.split(':');
      return { name: column, typeOid: Number(oid) };
    });
    const shape = found.get(name) ?? { oldest: null, newest: null };
    if (version !== String(NEWEST)) shape.oldest = columns;
    if (version !== String(OLDEST)) shape.newest = columns;
    found.set(name, shape);
  }
  return found;
}

/**
 * The columns of a system catalog on a server of that version, or null when it is not one we show. Between the versions
 * we know only what both have is listed.
 */
export function systemColumns(
  schema: string,
  name: string,
  serverVersion: number,
): readonly SystemColumn[] | null {
  const shape = shapes.get(`${schema}.${name}`);
  if (shape === undefined) return null;
  const major = Math.trunc(serverVersion / 10_000);
  if (major <= OLDEST) return shape.oldest;
  if (major >= NEWEST) return shape.newest;
  if (shape.oldest === null || shape.newest === null) return null;
  const newest = new Set(shape.newest.map((column) => column.name));
  return shape.oldest.filter((column) => newest.has(column.name));
}

export function isSystemRelation(schema: string, name: string): boolean {
  return shapes.has(`${schema}.${name}`);
}
