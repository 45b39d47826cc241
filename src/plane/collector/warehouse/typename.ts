/**
 * Words that types are made of, in the engines dbt and the collector know. A type made of anything else is somebody's
 * own: the name of an enum may be fine, but MySQL and DuckDB write an enum with its labels, which are values.
 */
const WORDS: ReadonlySet<string> = new Set(
  `any array bfloat16 bigint bigdecimal bignumeric bigserial binary bit blob bool boolean box bpchar byteint bytea bytes
  char character cid cidr circle citext clob cursor date daterange datemultirange datetime datetime2 datetime64
  datetimeoffset day decimal decimal128 decimal256 decimal32 decimal64 dec double enum enum16 enum8 fixed fixedstring
  float float32 float4 float64 float8 geography geometry hour hstore hugeint image inet int int128 int16 int2 int256
  int32 int4 int4multirange int4range int64 int8 int8multirange int8range integer interval ipv4 ipv6 json jsonb json5
  large line list local long longblob longtext lowcardinality lseg ltree macaddr macaddr8 map mediumblob mediumint
  mediumtext minute money month name national nchar ntext null nullable number numeric nummultirange numrange nvarchar
  nvarchar2 object oid path pg_lsn point polygon precision qdigest range raw real record regclass regproc regtype row
  rowversion second serial set short signed single smalldatetime smallint smallmoney smallserial string struct
  sql_variant super text tid time time64 timestamp timestampltz timestampntz timestamptz timestamp_ltz timestamp_ms
  timestamp_ns timestamp_ntz timestamp_s timestamp_tz timetz tinyblob tinyint tinytext to tsmultirange tsquery tsrange
  tstzmultirange tstzrange tsvector tuple txid_snapshot ubigint uhugeint uint128 uint16 uint256 uint32 uint64 uint8
  uinteger union uniqueidentifier unsigned user-defined usmallint utinyint uuid varbinary varbit varbyte varchar
  varchar2 variant varint varying varying vector with without xid xml year zone zoned`.split(
    /\s+/u,
  ),
);

/** Longer types are nested; of those the outermost word is enough. */
const TYPE_CHARACTERS_MAX = 200;
const PIECES = /[A-Za-z_][\w-]*|\d{1,9}|[()[\]<>,]|\s+/uy;

/**
 * The name of a type as it may be told: as written when every word of it is known and the rest are numbers and
 * brackets; else its first word when that is known (`enum` of `enum('a','b')`, `struct` of one with its fields), else
 * `other`. Null for none.
 */
export function typeFrom(text: string | null): string | null {
  const type = text?.trim() ?? '';
  if (type === '') return null;
  if (type.length <= TYPE_CHARACTERS_MAX && isKnown(type)) return type;
  const [first = ''] = /^[A-Za-z_][\w-]*/u.exec(type) ?? [];
  return WORDS.has(first.toLowerCase()) ? first : 'other';
}

function isKnown(type: string): boolean {
  PIECES.lastIndex = 0;
  while (PIECES.lastIndex < type.length) {
    const [piece] = PIECES.exec(type) ?? [];
    if (piece === undefined) return false;
    if (/^[A-Za-z_]/u.test(piece) && !WORDS.has(piece.toLowerCase())) return false;
  }
  return true;
}
