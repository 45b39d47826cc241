import { isLuhn } from './checkdigits.ts';
import { byPattern, digitsOf } from './recogniser.ts';
import type { Recogniser } from './recogniser.ts';

/** Nine digits that stand alone. */
const NINE = /(?<![\p{L}\d.-])\d{9}(?![\p{L}\d]|[.-]\d)/gu;
const SSN_WORDS = ['ssn', 'ssns', 'social', 'security', 'taxpayer', 'itin', 'tin', 'ssid'];

/** SSA: no area 000, 666 or from 900, no group 00, no serial 0000; ITINs are 9xx with certain groups (IRM 3.21.263). */
function ssnScore(scores: { readonly ssn: number; readonly itin: number }) {
  return (value: string) => {
    const digits = digitsOf(value);
    const [area, group, serial] = [digits.slice(0, 3), digits.slice(3, 5), digits.slice(5)];
    if (area === '000' || area === '666' || group === '00' || serial === '0000') return null;
    if (!area.startsWith('9')) return scores.ssn;
    return /^(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])$/u.test(group) ? scores.itin : null;
  };
}

const EIN =
  /^(?:0[1-6]|1[0-6]|2[0-7]|3[0-9]|4[0-8]|5[0-9]|6[0-8]|7[1-7]|8[0-8]|9[0-589]|9[0-5]|98|99)/u;

/** NPI, 45 CFR 162: Luhn over the number behind `80840`. */
function npiScore(value: string): number | null {
  return isLuhn(`80840${value}`) ? 0.3 : null;
}

/** DEA: the last digit is that of (1st + 3rd + 5th) + 2 × (2nd + 4th + 6th). */
function deaScore(value: string): number | null {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, check] = Array.from(digitsOf(value), Number);
  return (a + c + e + 2 * (b + d + f)) % 10 === check ? 0.7 : null;
}

const VIN_VALUES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Array.from('0123456789', (digit) => [digit, Number(digit)])),
  ...Object.fromEntries(Array.from('ABCDEFGH', (letter, i) => [letter, i + 1])),
  ...Object.fromEntries(Array.from('JKLMN', (letter, i) => [letter, i + 1])),
  P: 7,
  R: 9,
  ...Object.fromEntries(Array.from('STUVWXYZ', (letter, i) => [letter, i + 2])),
};
const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/** 49 CFR 565.15: the ninth character is the sum of the others modulo 11; outside of North America it need not be. */
function vinScore(value: string): number | null {
  const letters = value.toUpperCase();
  if (!/\d/u.test(letters) || !/[A-Z]/u.test(letters)) return null;
  const sum = Array.from(letters).reduce(
    (total, letter, i) => total + (VIN_VALUES[letter] ?? 0) * (VIN_WEIGHTS[i] ?? 0),
    0,
  );
  const check = sum % 11 === 10 ? 'X' : String(sum % 11);
  return letters[8] === check ? 0.85 : 0.2;
}

const LICENCE_WORDS = [
  'driver',
  'drivers',
  "driver's",
  'driving',
  'license',
  'licence',
  'licenses',
  'permit',
  'dl',
  'dln',
];

export const unitedStates: readonly Recogniser[] = [
  {
    form: 'us-ssn',
    entity: 'ssn',
    context: SSN_WORDS,
    find: byPattern(
      /(?<!\d|\d[.-])\d{3}(?<mark>[ .-])\d{2}\k<mark>\d{4}(?!\d|[.-]\d)/gu,
      ssnScore({ ssn: 0.75, itin: 0.6 }),
    ),
  },
  {
    form: 'us-ssn-plain',
    entity: 'ssn',
    context: SSN_WORDS,
    find: byPattern(NINE, ssnScore({ ssn: 0.05, itin: 0.05 })),
  },
  {
    form: 'us-ein',
    entity: 'organization_id',
    context: ['ein', 'fein', 'employer', 'tax', 'irs'],
    find: byPattern(/(?<![\p{L}\d.-])\d{2}-\d{7}(?![\p{L}\d]|[.-]\d)/gu, (value) =>
      EIN.test(value) ? 0.35 : null,
    ),
  },
  {
    form: 'us-npi',
    entity: 'healthcare_number',
    context: ['npi', 'provider', 'prescriber'],
    find: byPattern(/(?<![\p{L}\d.-])[12]\d{9}(?![\p{L}\d]|[.-]\d)/gu, npiScore),
  },
  {
    form: 'us-mbi',
    entity: 'healthcare_number',
    context: ['mbi', 'medicare', 'beneficiary', 'hic', 'hicn'],
    // CMS: letters but S, L, O, I, B and Z.
    find: byPattern(
      /(?<![\p{L}\p{N}-])[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d(?<mark>-?)[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d\k<mark>[AC-HJKMNP-RT-Y]{2}\d{2}(?![\p{L}\p{N}])/gu,
      0.7,
    ),
  },
  {
    form: 'us-dea',
    entity: 'healthcare_number',
    context: ['dea', 'prescriber', 'license', 'certificate'],
    find: byPattern(/(?<![\p{L}\p{N}])[A-HJ-MP-UX][A-Z9]\d{7}(?![\p{L}\p{N}])/gu, deaScore),
  },
  {
    form: 'health-plan-number',
    entity: 'healthcare_number',
    context: ['health', 'medicare', 'medicaid', 'patient', 'mrn', 'insurance', 'beneficiary'],
    find: byPattern(/(?<![\p{L}\p{N}-])[A-Z]{0,3}\d{6,12}[A-Z]{0,2}(?![\p{L}\p{N}])/gu, 0.1),
  },
  {
    form: 'vin',
    entity: 'vehicle_id',
    context: ['vin', 'vehicle', 'chassis', 'car'],
    find: byPattern(/(?<![\p{L}\p{N}-])[A-HJ-NPR-Z0-9]{17}(?![\p{L}\p{N}])/giu, vinScore),
  },
  {
    form: 'licence-plate',
    entity: 'vehicle_id',
    context: ['plate', 'plates', 'registration', 'tag', 'vehicle'],
    find: byPattern(
      /(?<![\p{L}\p{N}-])[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5}(?![\p{L}\p{N}])/gu,
      (value) => (/\d/u.test(value) && /[A-Z]/u.test(value) ? 0.1 : null),
    ),
  },
  {
    form: 'passport',
    entity: 'passport_number',
    context: ['passport', 'passports', 'reisepass', 'pasaporte', 'passeport', 'passaporto'],
    find: byPattern(/(?<![\p{L}\p{N}-])[A-Z0-9]{6,12}(?![\p{L}\p{N}])/gu, (value) =>
      digitsOf(value).length >= 4 ? 0.1 : null,
    ),
  },
  {
    form: 'driver-licence',
    entity: 'driver_license',
    context: LICENCE_WORDS,
    find: byPattern(
      /(?<![\p{L}\p{N}-])[A-Z0-9]{1,14}(?:[ -]?[A-Z0-9]{2,8}){0,4}(?![\p{L}\p{N}])/gu,
      (value) => {
        const count = digitsOf(value).length;
        return count >= 4 && value.length >= 5 && value.length <= 20 ? 0.1 : null;
      },
    ),
  },
  {
    form: 'us-zip',
    entity: 'location_zip',
    context: ['zip', 'zipcode', 'postal', 'postcode', 'plz'],
    find: byPattern(/(?<![\p{L}\d.,-])\d{5}(?:-\d{4})?(?![\p{L}\d]|[.,-]\d)/gu, (value) =>
      value.length > 5 ? 0.3 : 0.1,
    ),
  },
  {
    form: 'us-state-zip',
    entity: 'location_zip',
    context: [],
    find: byPattern(
      /\d{5}(?<=(?<![\p{L}\p{N}])(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]),? \d{5})(?:-\d{4})?(?![\p{L}\d])/gu,
      0.6,
    ),
  },
];
