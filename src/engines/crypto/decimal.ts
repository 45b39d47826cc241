/** An exact decimal number: `units` × 10^-`scale`. */
export type Decimal = { readonly units: bigint; readonly scale: number };

/** More digits than any column of measurements has; bounds the cost of exact arithmetic. */
const DIGITS_MAX = 1_000;
/** The largest exponent of a double, with room. */
const EXPONENT_MAX = 400;
const NUMBER = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/u;

/** The number a text stands for as PostgreSQL writes numbers, or null when it is none or beyond the limits. */
export function decimalFrom(text: string): Decimal | null {
  if (text.length > DIGITS_MAX) return null;
  const match = NUMBER.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > EXPONENT_MAX) return null;
  const digits = BigInt(whole + fraction);
  const units = sign === '-' ? -digits : digits;
  const scale = fraction.length - exponent;
  return scale >= 0 ? { units, scale } : { units: units * tenTo(-scale), scale: 0 };
}

/** The largest multiple of `step` (above 0) that is not above `value`, written with the digits `step` has. */
export function floorTo(value: Decimal, step: Decimal): string {
  const scale = Math.max(value.scale, step.scale);
  const units = value.units * tenTo(scale - value.scale);
  const stepUnits = step.units * tenTo(scale - step.scale);
  const quotient = units / stepUnits;
  const floored = units < 0n && quotient * stepUnits !== units ? quotient - 1n : quotient;
  return decimalText({ units: floored * step.units, scale: step.scale });
}

function decimalText({ units, scale }: Decimal): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const cut = digits.length - scale;
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, cut)}.${digits.slice(cut)}`;
}

function tenTo(power: number): bigint {
  return 10n ** BigInt(power);
}
