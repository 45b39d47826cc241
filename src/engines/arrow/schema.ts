import { Problem } from '#base/problem';
import { rootTable, undamaged } from './flatread.ts';
import type { FlatTable } from './flatread.ts';
import {
  COLUMNS_MAX,
  DICTIONARIES_MAX,
  FIELDS_MAX,
  NAME_CHARACTERS_MAX,
  NESTING_MAX,
  ZONE_CHARACTERS_MAX,
} from './limits.ts';
import type { ArrowField, ArrowType, DictionaryUse, TimeUnit } from './type.ts';

/** How many columns, of all levels, have been read. */
type Count = { fields: number };

const UNITS: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns'];
/** Pairs of the metadata of a column: a few, or it is not metadata. */
const PAIRS_MAX = 100;
const EXTENSION = 'ARROW:extension:name';

/** The columns that the header of a schema names; throws `unsupported` for a type that is not read. */
export function readSchema(metadata: Uint8Array): readonly ArrowField[] {
  return undamaged(() => {
    const schema = rootTable(metadata).table(2);
    if (schema === null) throw new RangeError('a schema is missing');
    if (schema.int16(0, 0) !== 0)
      throw new Problem('unsupported', 'an Arrow stream expected little-endian values');
    const columns = schema.tables(1, COLUMNS_MAX);
    const count = { fields: 0 };
    const fields = columns.map((column) => fieldOf(column, count, 0));
    checkDictionaries(fields);
    return fields;
  });
}

function fieldOf(field: FlatTable, count: Count, level: number): ArrowField {
  count.fields += 1;
  const name = field.text(0, NAME_CHARACTERS_MAX) ?? '';
  if (count.fields > FIELDS_MAX)
    throw new Problem('limit', `Arrow schema expected at most ${FIELDS_MAX} columns of all levels`);
  if (level > NESTING_MAX)
    throw new Problem('limit', `Arrow schema expected at most ${NESTING_MAX} levels of columns`);
  for (const pair of field.tables(6, PAIRS_MAX)) {
    if (pair.text(0, NAME_CHARACTERS_MAX) === EXTENSION) {
      throw new Problem('unsupported', `column \`${name}\` has an extension type`, {
        hint: 'cast it to the type it is stored as: what the extension means is not known here',
      });
    }
  }
  const type = typeOf(field, name, () =>
    field.tables(5, COLUMNS_MAX).map((child) => fieldOf(child, count, level + 1)),
  );
  return { name, type, dictionary: dictionaryOf(field, type) };
}

function dictionaryOf(field: FlatTable, type: ArrowType): DictionaryUse | null {
  const encoding = field.table(4);
  if (encoding === null) return null;
  if (type.kind === 'list' || type.kind === 'struct')
    throw new Problem(
      'unsupported',
      'a dictionary expected values that are no lists and no structs',
    );
  const index = encoding.table(1);
  const { bits, signed } = index === null ? { bits: 32 as const, signed: true } : intOf(index);
  return { id: encoding.int64(0, 0), bits, signed };
}

/** Two columns that share a dictionary must mean the same by it. */
function checkDictionaries(fields: readonly ArrowField[]): void {
  const known = dictionariesOf(fields);
  if (known.size > DICTIONARIES_MAX)
    throw new Problem('limit', `Arrow schema expected at most ${DICTIONARIES_MAX} dictionaries`);
}

/** The type of the values of each dictionary; throws `invalid` where columns differ in what it holds. */
export function dictionariesOf(fields: readonly ArrowField[]): ReadonlyMap<number, ArrowType> {
  const known = new Map<number, ArrowType>();
  const visit = ({ dictionary, type }: ArrowField): void => {
    if (type.kind === 'list') visit(type.item);
    if (type.kind === 'struct') for (const field of type.fields) visit(field);
    if (dictionary === null) return;
    const other = known.get(dictionary.id);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(type))
      throw new Problem(
        'invalid',
        'two columns of an Arrow schema share a dictionary and differ in its type',
      );
    known.set(dictionary.id, type);
  };
  for (const field of fields) visit(field);
  return known;
}

/** Names of types, by their number in Schema.fbs. */
const NAMES = [
  'none null int float binary utf8 bool decimal date time timestamp interval list struct union',
  'fixed_size_binary fixed_size_list map duration large_binary large_utf8 large_list run_end_encoded',
  'binary_view utf8_view list_view large_list_view',
]
  .join(' ')
  .split(' ');

function typeOf(
  field: FlatTable,
  name: string,
  childrenOf: () => readonly ArrowField[],
): ArrowType {
  const written = NAMES[field.int8(2, 0)] ?? 'none';
  const refused = () =>
    new Problem('unsupported', `column \`${name}\` has the Arrow type \`${written}\``, {
      hint: 'cast it: null, bool, int, float32 and 64, decimal128, utf8, binary, date, time, timestamp, list, struct, and dictionaries of them are read',
    });
  const type = field.table(3);
  if (type === null) throw refused();
  switch (written) {
    case 'null':
    case 'bool':
      return { kind: written };
    case 'int':
      return { kind: 'int', ...intOf(type) };
    case 'float': {
      const precision = type.int16(0, 0);
      if (precision !== 1 && precision !== 2) throw refused();
      return { kind: 'float', bits: precision === 1 ? 32 : 64 };
    }
    case 'decimal': {
      const [precision, scale, bits] = [type.int32(0, 0), type.int32(1, 0), type.int32(2, 128)];
      if (bits !== 128 || precision < 1 || precision > 38 || scale < 0 || scale > precision)
        throw refused();
      return { kind: 'decimal', precision, scale };
    }
    case 'utf8':
    case 'large_utf8':
      return { kind: 'utf8', wide: written === 'large_utf8' };
    case 'binary':
    case 'large_binary':
      return { kind: 'binary', wide: written === 'large_binary' };
    case 'date':
      return { kind: 'date', unit: type.int16(0, 1) === 0 ? 'day' : 'ms' };
    case 'time': {
      const unit = unitOf(type, 1);
      const isNarrow = unit === 's' || unit === 'ms';
      if (type.int32(1, 32) !== (isNarrow ? 32 : 64)) throw refused();
      return { kind: 'time', unit };
    }
    case 'timestamp': {
      const zone = type.text(1, ZONE_CHARACTERS_MAX);
      return { kind: 'timestamp', unit: unitOf(type, 0), zone: zone === '' ? null : zone };
    }
    case 'list':
    case 'large_list': {
      const [item, ...more] = childrenOf();
      if (item === undefined || more.length > 0) throw new RangeError('a list has one child');
      return { kind: 'list', wide: written === 'large_list', item };
    }
    case 'struct': {
      const fields = childrenOf();
      if (new Set(fields.map((one) => one.name)).size < fields.length)
        throw new Problem('invalid', `column \`${name}\` has two fields of one name`);
      return { kind: 'struct', fields };
    }
    default:
      throw refused();
  }
}

function intOf(type: FlatTable): Pick<DictionaryUse, 'bits' | 'signed'> {
  const bits = type.int32(0, 0);
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64)
    throw new RangeError('a whole number has 8, 16, 32 or 64 bits');
  return { bits, signed: type.int8(1, 0) !== 0 };
}

function unitOf(type: FlatTable, fallback: number): TimeUnit {
  const unit = UNITS[type.int16(0, fallback)];
  if (unit === undefined) throw new RangeError('a unit of time is unknown');
  return unit;
}
