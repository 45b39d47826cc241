/** A header: names and types of a few hundred columns take some ten thousand bytes. */
export const METADATA_BYTES_MAX = 1024 * 1024;
/** Values of one batch, or of one dictionary: they are held whole, by who cuts the stream and by who reads it. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Of all dictionaries of a stream: they are held until it ends. */
export const DICTIONARY_BYTES_MAX = 16 * 1024 * 1024;
export const DICTIONARIES_MAX = 100;
/** A batch without a column of its own size (nulls, empty structs) can claim any number of rows for nothing. */
export const BATCH_ROWS_MAX = 1024 * 1024;
/** Cells a batch may have beside 64 for each byte of its body: a truth value takes a bit, a null none. */
export const BATCH_FREE_CELLS = 10_000;
export const CELLS_A_BYTE_MAX = 64;
/** Of a column within a column, for the same reason. */
export const CHILD_VALUES_MAX = 16 * 1024 * 1024;
export const COLUMNS_MAX = 300;
/** With the columns within columns: a header can name one list of children many times over. */
export const FIELDS_MAX = 1_000;
/** Lists of lists, structs in structs; deeper ones would be read by deeper calls. */
export const NESTING_MAX = 16;
export const NAME_CHARACTERS_MAX = 200;
/** A time zone is a name of the IANA data base or an offset. */
export const ZONE_CHARACTERS_MAX = 64;
