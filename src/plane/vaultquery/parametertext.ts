/** The text of a parameter; null when it is null, or not known to be compared as it is written. */
export type ParameterText = (number: number) => string | null;

/** No type given, text, varchar, whole numbers and dates (pg_type.dat): what is equal as a value is what is written. */
const PLAIN_TYPES = new Set([0, 20, 21, 23, 25, 1043, 1082]);

/** Reads the parameters of a Bind message (formats, count, values; protocol 55.7). */
export function parameterText(parameters: Uint8Array, types: readonly number[]): ParameterText {
  const view = new DataView(parameters.buffer, parameters.byteOffset, parameters.byteLength);
  const formatCount = view.getUint16(0);
  const formats = Array.from({ length: formatCount }, (_, i) => view.getUint16(2 + 2 * i));
  let at = 2 + 2 * formatCount;
  const count = view.getUint16(at);
  at += 2;
  const texts = Array.from({ length: count }, (_, i) => {
    const size = view.getInt32(at);
    const start = at + 4;
    at = start + Math.max(size, 0);
    const format = formatCount === 1 ? formats[0] : (formats[i] ?? 0);
    if (size < 0 || format !== 0 || !PLAIN_TYPES.has(types[i] ?? 0)) return null;
    return Buffer.from(parameters.subarray(start, at)).toString();
  });
  return (number) => texts[number - 1] ?? null;
}
