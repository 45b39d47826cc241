import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CountryCode } from 'libphonenumber-js/max';
import { byPattern, digitsOf } from './recogniser.ts';
import type { Candidate, Recogniser } from './recogniser.ts';

/** Some 60 microseconds each: more of one text are taken by their form alone, as phone numbers. */
const LOOKUPS_MAX = 2_000;
/** Where numbers written without their country may be from: those that begin with 0 there. */
const COUNTRIES: readonly CountryCode[] = ['GB', 'DE', 'FR', 'IT', 'IN', 'AU'];

const WORDS = [
  'phone',
  'phones',
  'telephone',
  'tel',
  'mobile',
  'cell',
  'cellphone',
  'call',
  'called',
  'calling',
  'fax',
  'contact',
  'reach',
  'sms',
  'text',
  'whatsapp',
  'dial',
  'message',
  'messages',
  'handy',
  'telefon',
  'teléfono',
  'téléphone',
  'telefono',
];

const INTERNATIONAL =
  /(?<![\p{L}\p{N}+])(?:\+|00)(?:[ ().-]{0,2}\d){7,15}(?!\d)(?: ?(?:x|ext\.?) ?\d{1,6}(?!\d))?/giu;
const AMERICAN =
  /(?<![\p{L}\p{N}.,/+-])(?:\+?1[ .-]?)?(?:(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ ./-])[2-9]\d{2}[ .-]?\d{4}|[2-9]\d{2}[2-9]\d{6})(?:,? ?(?:x|ext\.?) ?\d{1,6})?(?![\p{L}\p{N}]|[.-]\d)/giu;
const NATIONAL =
  /(?<![\p{L}\p{N}.,/:+-])\(?\d{1,5}\)?(?:[ ./-]{1,2}\(?\d{2,8}\)?){0,5}(?![\p{L}\p{N}]|[.,/:-]\d)/gu;

/** Looks candidates of one text up, until there were too many; each text once. */
function lookUps() {
  const known = new Map<string, boolean>();
  return (value: string, country?: CountryCode): boolean => {
    const key = `${country ?? ''} ${value}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= LOOKUPS_MAX) return true;
    const options = country === undefined ? {} : { defaultCountry: country };
    const isNumber =
      parsePhoneNumberFromString(value, { ...options, extract: false })?.isValid() === true;
    known.set(key, isNumber);
    return isNumber;
  };
}

function* international(text: string): Iterable<Candidate> {
  const isNumber = lookUps();
  const find = byPattern(INTERNATIONAL, (value) => {
    const dialled = value.replace(/^00/u, '+');
    return isNumber(dialled) ? 0.9 : value.startsWith('+') ? 0.5 : 0.1;
  });
  yield* find(text);
}

function* national(text: string): Iterable<Candidate> {
  const isNumber = lookUps();
  const find = byPattern(NATIONAL, (value) => {
    const digits = digitsOf(value);
    if (digits.length < 7 || digits.length > 12 || /^(\d)\1+$/u.test(digits)) return null;
    const isLong = digits.startsWith('0') && digits.length >= 9;
    if (isLong && COUNTRIES.some((country) => isNumber(value, country))) return 0.45;
    return value.length > digits.length ? 0.2 : 0.1;
  });
  yield* find(text);
}

export const phones: readonly Recogniser[] = [
  { form: 'phone-international', entity: 'phone_number', context: WORDS, find: international },
  {
    form: 'phone-american',
    entity: 'phone_number',
    context: WORDS,
    find: byPattern(AMERICAN, (value) => (value.length > digitsOf(value).length ? 0.6 : 0.3)),
  },
  { form: 'phone-national', entity: 'phone_number', context: WORDS, find: national },
];
