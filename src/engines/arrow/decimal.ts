/** A decimal number as text: whole digits, and `scale` of them behind the point. */
export function decimalText(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  if (scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The whole number that `decimalText` wrote. */
export function decimalValue(text: string): bigint {
  return BigInt(text.replace('.', ''));
}
