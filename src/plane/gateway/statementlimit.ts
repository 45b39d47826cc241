/** No setting may raise the length of a SQL text above this: a 5 MB literal holds the parser for 0.1 s. */
export const CLIENT_STATEMENT_BYTES_MAX = 8 * 1024 * 1024;
