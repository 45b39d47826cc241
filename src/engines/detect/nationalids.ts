import { isEan13, isLuhn, isMod1110, isVerhoeff, weighed } from './checkdigits.ts';
import { byPattern, digitsOf } from './recogniser.ts';
import type { Recogniser } from './recogniser.ts';

/** Letters of alphabets that part words by spaces end a word; Chinese, say, has none. */
const LETTER = '\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}';
const EDGE = `(?<![${LETTER}\\p{N}]|\\d[.-])`;
const END = `(?![${LETTER}\\p{N}]|[.-]\\d)`;

/** The pattern between edges of a word. */
function word(pattern: string): RegExp {
  return new RegExp(`${EDGE}(?:${pattern})${END}`, 'gu');
}

/** A score for digits whose check holds: less where they stand without separators, as any number could. */
function checked(isRight: (digits: string) => boolean, apart: number, plain: number) {
  return (value: string) => {
    const digits = digitsOf(value);
    if (/^(\d)\1+$/u.test(digits) || !isRight(digits)) return null;
    return value.length > digits.length ? apart : plain;
  };
}

/** NHS: weights 10 to 2, modulo 11 (NHS Data Dictionary). */
function isNhs(digits: string): boolean {
  const check = 11 - (weighed(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return check !== 10 && check % 11 === Number(digits[9]);
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Spain: the letter is the number modulo 23; X, Y and Z of foreigners stand for 0, 1 and 2. */
function dniScore(value: string): number | null {
  const plain = value.toUpperCase().replaceAll(/[ -]/gu, '');
  const number = plain.slice(0, -1).replace(/^[XYZ]/u, (letter) => String('XYZ'.indexOf(letter)));
  return DNI_LETTERS[Number(number) % 23] === plain.at(-1) ? 0.7 : null;
}

/** Germany: one digit comes twice or three times among the first ten, and ISO 7064 holds (§ 139b AO). */
function isSteuerId(digits: string): boolean {
  const counts = Map.groupBy(digits.slice(0, 10), (digit) => digit);
  const most = Math.max(...[...counts.values()].map((same) => same.length));
  return most >= 2 && most <= 3 && isMod1110(digits);
}

/** Germany, pension insurance: the letter counts as two digits, products are summed by their digits. */
function isRentenId(value: string): boolean {
  const letter = String(value.charCodeAt(8) - 64).padStart(2, '0');
  const digits = value.slice(0, 8) + letter + value.slice(9, 11);
  const sum = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1].reduce((total, weight, i) => {
    const product = weight * Number(digits[i]);
    return total + Math.floor(product / 10) + (product % 10);
  }, 0);
  return sum % 10 === Number(value[11]);
}

const ODD = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/** Italy: characters at odd places by a table, at even ones by their order, modulo 26 (D.M. 23/12/1976). */
function fiscalScore(value: string): number | null {
  const plain = value.toUpperCase();
  const sum = Array.from(plain.slice(0, 15)).reduce((total, letter, i) => {
    const order = /\d/u.test(letter) ? Number(letter) : letter.charCodeAt(0) - 65;
    return total + (i % 2 === 0 ? (ODD[order] ?? 0) : order);
  }, 0);
  return plain.charCodeAt(15) - 65 === sum % 26 ? 0.95 : null;
}

/** France: the key is 97 less the number modulo 97; 2A and 2B of Corsica stand for 19 and 18. */
function nirScore(value: string): number | null {
  const plain = value
    .toUpperCase()
    .replaceAll(/[ .-]/gu, '')
    .replace('2A', '19')
    .replace('2B', '18');
  return 97 - Number(BigInt(plain.slice(0, 13)) % 97n) === Number(plain.slice(13)) ? 0.85 : null;
}

/** Poland: weights 1, 3, 7, 9, and a date whose month tells the century. */
function isPesel(digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 20;
  const day = Number(digits.slice(4, 6));
  const isDated = month >= 1 && month <= 12 && day >= 1 && day <= 31;
  return isDated && weighed(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

/** Brazil: two check digits, weights from 10 and 11 down, modulo 11. */
function isCpf(digits: string): boolean {
  const check = (weights: readonly number[]) => ((weighed(digits, weights) * 10) % 11) % 10;
  const first = check([10, 9, 8, 7, 6, 5, 4, 3, 2]);
  const second = check([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return first === Number(digits[9]) && second === Number(digits[10]);
}

/** Netherlands: weights 9 to 2 and −1, modulo 11. */
function isBsn(digits: string): boolean {
  return weighed(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

/** Australia: tax file numbers. */
function isTfn(digits: string): boolean {
  return weighed(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0;
}

const FINNISH = '0123456789ABCDEFHJKLMNPRSTUVWXY';

/** Finland: the nine digits modulo 31. */
function hetuScore(value: string): number | null {
  const number = Number(value.slice(0, 6) + value.slice(7, 10));
  return FINNISH[number % 31] === value.charAt(10).toUpperCase() ? 0.85 : null;
}

/** Sweden: Luhn over the last ten digits, which begin with a date. */
function isPersonnummer(digits: string): boolean {
  const short = digits.slice(-10);
  const [month, day] = [Number(short.slice(2, 4)), Number(short.slice(4, 6)) % 60];
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && isLuhn(short);
}

/** Numbers that states give to people, and a few to companies, each by its published check. */
export const nationalIds: readonly Recogniser[] = [
  {
    form: 'uk-nhs',
    entity: 'healthcare_number',
    context: ['nhs', 'health', 'patient', 'hospital'],
    find: byPattern(word('\\d{3}(?<mark>[ -]?)\\d{3}\\k<mark>\\d{4}'), checked(isNhs, 0.6, 0.3)),
  },
  {
    form: 'uk-nino',
    entity: 'ssn',
    context: ['nino', 'insurance', 'ni', 'national'],
    find: byPattern(
      new RegExp(
        `${EDGE}(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d\\d ?\\d\\d ?\\d\\d ?[A-D]${END}`,
        'giu',
      ),
      0.7,
    ),
  },
  {
    form: 'uk-driving-licence',
    entity: 'driver_license',
    context: ['driving', 'driver', 'licence', 'license', 'dvla'],
    find: byPattern(word('[A-Z9]{5}\\d[0156]\\d[0-3]\\d\\d[A-Z9]{2}[A-Z0-9]\\d?[A-Z]{2}'), 0.7),
  },
  {
    form: 'uk-postcode',
    entity: 'location_zip',
    context: ['postcode', 'post', 'address'],
    find: byPattern(word('[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[ABD-HJLNP-UW-Z]{2}'), 0.5),
  },
  {
    form: 'ca-sin',
    entity: 'ssn',
    context: ['sin', 'social', 'insurance'],
    find: byPattern(
      word('[1-79]\\d\\d(?<mark>[ -]?)\\d{3}\\k<mark>\\d{3}'),
      checked(isLuhn, 0.6, 0.2),
    ),
  },
  {
    form: 'ca-postal-code',
    entity: 'location_zip',
    context: ['postal', 'address'],
    find: byPattern(word('[ABCEGHJ-NPRSTVXY]\\d[ABCEGHJ-NPRSTV-Z] ?\\d[ABCEGHJ-NPRSTV-Z]\\d'), 0.5),
  },
  {
    form: 'in-aadhaar',
    entity: 'ssn',
    context: ['aadhaar', 'aadhar', 'uidai', 'uid'],
    find: byPattern(
      word('[2-9]\\d{3}(?<mark>[ -]?)\\d{4}\\k<mark>\\d{4}'),
      checked(isVerhoeff, 0.7, 0.3),
    ),
  },
  {
    form: 'in-pan',
    entity: 'numerical_pii',
    context: ['pan', 'permanent', 'tax', 'income'],
    find: byPattern(word('[A-Z]{3}[ABCFGHJLPT][A-Z]\\d{4}[A-Z]'), 0.6),
  },
  {
    form: 'es-dni',
    entity: 'ssn',
    context: ['dni', 'nif', 'nie', 'documento', 'identidad'],
    find: byPattern(word('(?:\\d{8}|[XYZxyz] ?-?\\d{7}) ?-?[A-Za-z]'), dniScore),
  },
  {
    form: 'de-tax-id',
    entity: 'ssn',
    context: ['steuer', 'steuer-id', 'idnr', 'steueridentifikationsnummer', 'tax', 'tin'],
    find: byPattern(word('[1-9]\\d(?: ?\\d{3}){3}'), checked(isSteuerId, 0.6, 0.3)),
  },
  {
    form: 'de-pension-id',
    entity: 'ssn',
    context: ['rentenversicherung', 'sozialversicherung', 'versicherungsnummer', 'svnr', 'rvnr'],
    find: byPattern(word('\\d{2} ?[0-3]\\d[01]\\d\\d\\d ?[A-Z] ?\\d{3}'), (value) =>
      isRentenId(value.replaceAll(' ', '')) ? 0.7 : null,
    ),
  },
  {
    form: 'it-fiscal-code',
    entity: 'ssn',
    context: ['codice', 'fiscale', 'cf'],
    find: byPattern(
      word(
        '[A-Za-z]{6}[0-9LMNP-Vlmnp-v]{2}[A-Ea-eHhLlMmPpR-Tr-t][0-9LMNP-Vlmnp-v]{2}[A-Za-z][0-9LMNP-Vlmnp-v]{3}[A-Za-z]',
      ),
      fiscalScore,
    ),
  },
  {
    form: 'fr-nir',
    entity: 'ssn',
    context: ['nir', 'insee', 'sécurité', 'sociale', 'sécu'],
    find: byPattern(
      word(
        '[1278] ?\\d\\d ?(?:0[1-9]|1[0-2]|[2-9]\\d) ?(?:\\d\\d|2[ABab]) ?\\d{3} ?\\d{3} ?\\d\\d',
      ),
      nirScore,
    ),
  },
  {
    form: 'pl-pesel',
    entity: 'ssn',
    context: ['pesel'],
    find: byPattern(word('\\d{11}'), checked(isPesel, 0.4, 0.4)),
  },
  {
    form: 'nl-bsn',
    entity: 'ssn',
    context: ['bsn', 'burgerservicenummer', 'sofi', 'sofinummer'],
    find: byPattern(word('\\d{9}'), checked(isBsn, 0.1, 0.1)),
  },
  {
    form: 'ch-ahv',
    entity: 'ssn',
    context: ['ahv', 'avs', 'navs'],
    find: byPattern(word('756\\.?\\d{4}\\.?\\d{4}\\.?\\d{2}'), checked(isEan13, 0.95, 0.6)),
  },
  {
    form: 'fi-hetu',
    entity: 'ssn',
    context: ['hetu', 'henkilötunnus', 'personbeteckning'],
    find: byPattern(
      new RegExp(
        '(?<![\\p{L}\\p{N}])[0-3]\\d[01]\\d{3}[-+A-FU-Y]\\d{3}[0-9A-FHJ-NPR-Y](?![\\p{L}\\p{N}])',
        'gu',
      ),
      hetuScore,
    ),
  },
  {
    form: 'se-personnummer',
    entity: 'ssn',
    context: ['personnummer', 'samordningsnummer'],
    find: byPattern(
      new RegExp('(?<![\\p{L}\\p{N}])(?:19|20)?\\d{6}[-+]?\\d{4}(?![\\p{L}\\p{N}])', 'gu'),
      checked(isPersonnummer, 0.6, 0.2),
    ),
  },
  {
    form: 'br-cpf',
    entity: 'ssn',
    context: ['cpf'],
    find: byPattern(word('\\d{3}\\.?\\d{3}\\.?\\d{3}-?\\d\\d'), checked(isCpf, 0.95, 0.4)),
  },
  {
    form: 'au-tfn',
    entity: 'ssn',
    context: ['tfn', 'tax', 'file'],
    find: byPattern(word('\\d{3}(?<mark> ?)\\d{3}\\k<mark>\\d{3}'), checked(isTfn, 0.4, 0.1)),
  },
  {
    form: 'eu-vat',
    entity: 'organization_id',
    context: ['vat', 'ust-idnr', 'ustid', 'tva', 'iva', 'btw', 'mwst'],
    find: byPattern(
      word(
        '(?:ATU\\d{8}|BE[01]\\d{9}|DE\\d{9}|DK\\d{8}|ES[A-Z0-9]\\d{7}[A-Z0-9]|FI\\d{8}|FR[A-HJ-NP-Z0-9]{2}\\d{9}|GB\\d{9}|IE\\d[A-Z0-9+*]\\d{5}[A-Z]{1,2}|IT\\d{11}|NL\\d{9}B\\d\\d|PL\\d{10}|PT\\d{9}|SE\\d{12})',
      ),
      (value) => {
        if (value.startsWith('DE')) return isMod1110(value.slice(2)) ? 0.8 : null;
        if (value.startsWith('IT')) return isLuhn(value.slice(2)) ? 0.8 : null;
        return 0.5;
      },
    ),
  },
];
