/** What needs no quotes in an array of PostgreSQL: numbers, truth values, ids. */
type Plain = number | bigint | boolean | string | null;

/**
 * An array parameter as PostgreSQL writes it, made in one go: the client's own way looks at every element for what would
 * need quotes. Only for numbers, truth values and UUIDs.
 */
export function pgArray(elements: readonly Plain[]): string {
  return `{${elements.map((one) => one ?? 'NULL').join()}}`;
}
