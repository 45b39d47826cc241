import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CountryCode } from 'libphonenumber-js/max';
import { groupRuns } from './groups.ts';
import type { Group } from './groups.ts';
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
  /(?<![\d+]|\d[.-])(?:\+|00)(?:[ ().-]{0,2}\d){7,15}(?!\d)(?: ?(?:x|ext\.?) ?\d{1,6}(?!\d))?/giu;
const AMERICAN =
  /(?<!\d|\d[.-]|\+)(?:\+?1[ .-]?)?(?:(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ ./-])[2-9]\d{2}[ .-]?\d{4}|[2-9]\d{2}[2-9]\d{6})(?:,? ?(?:x|ext\.?) ?\d{1,6})?(?!\d|[.-]\d)/giu;
/** Groups of digits, of which a number may be some. */
const NATIONAL = /\(?\d+\)?(?:[ ./-]{1,2}\(?\d+\)?)*/gu;
const NATIONAL_DIGITS = { min: 7, max: 12 } as const;
const NATIONAL_GROUPS_MAX = 6;

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

/** A number may begin at each group of digits; one that is valid somewhere ends the search for others in its groups. */
function* national(text: string): Iterable<Candidate> {
  const isNumber = lookUps();
  for (const groups of groupRuns(text, NATIONAL)) {
    for (let first = 0; first < groups.length; first += 1) {
      const windows = windowsFrom(groups, first);
      const valid = windows.find(({ start, end, digits }) =>
        isValid(isNumber, text.slice(start, end), digits),
      );
      const [longest] = windows;
      const found = valid ?? longest;
      if (found === undefined) continue;
      const { start, end, digits, last } = found;
      // A bracket before the first group belongs to it.
      const from = text[start - 1] === '(' ? start - 1 : start;
      const isGrouped = end - start > digits.length;
      yield { start: from, end, score: valid === undefined ? (isGrouped ? 0.2 : 0.1) : 0.45 };
      if (valid !== undefined) first = last;
    }
  }
}

type Window = {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  readonly last: number;
};

/** What could be a number from that group on, the longest first. */
function windowsFrom(groups: readonly Group[], first: number): readonly Window[] {
  const { start = 0 } = groups[first] ?? {};
  const windows: Window[] = [];
  let digits = '';
  for (let last = first; last < first + NATIONAL_GROUPS_MAX; last += 1) {
    const group = groups[last];
    if (group === undefined || digits.length + group.digits.length > NATIONAL_DIGITS.max) break;
    digits += group.digits;
    const isOne = digits.length >= NATIONAL_DIGITS.min && !/^(\d)\1+$/u.test(digits);
    if (isOne) windows.unshift({ start, end: group.end, digits, last });
  }
  return windows;
}

function isValid(isNumber: ReturnType<typeof lookUps>, value: string, digits: string): boolean {
  if (!digits.startsWith('0') || digits.length < 9) return false;
  return COUNTRIES.some((country) => isNumber(value, country));
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
