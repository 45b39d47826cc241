/**
 * Streams of Arrow (docs/formats/arrow-stream.md): cut into messages, read as rows of JSON, and written. A reader of our own, because it
 * is given bytes of strangers: it believes no number in them, makes nothing before it is asked for, and has a limit on
 * everything. Without I/O, like its sisters; files (Feather), compression and the types it does not name are refused.
 */
export { createArrowFramer } from './framer.ts';
export type { ArrowMessage } from './framer.ts';
export { createArrowReader } from './reader.ts';
export type { ArrowBatch } from './reader.ts';
export { TEXT } from './type.ts';
export type { ArrowField } from './type.ts';
export { createArrowWriter } from './writer.ts';
