import { isValidIBAN } from 'ibantools';
import { isBech32, isLuhn, weighed } from './checkdigits.ts';
import { groupRuns } from './groups.ts';
import type { Group } from './groups.ts';
import { byPattern, digitsOf } from './recogniser.ts';
import type { Candidate, Recogniser } from './recogniser.ts';

/** ISO/IEC 7812: shortest and longest number of a card. */
const CARD_DIGITS = { min: 12, max: 19 } as const;
const CARD_GROUPS_MAX = 19;
/** How sure a number is whose issuer has cards of that length. */
const KNOWN = 0.95;

/** Numbers of issuers with the lengths their cards have; others pass with less certainty. */
const ISSUERS: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/u, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/u, [16]],
  [/^3[47]/u, [15]],
  [/^(?:30[0-5]|309|36|3[89])/u, [14, 16, 17, 18, 19]],
  [/^(?:6011|64[4-9]|65|62|81)/u, [16, 17, 18, 19]],
  [/^35(?:2[89]|[3-8])/u, [16, 17, 18, 19]],
  [/^(?:50|5[6-9]|6[0-9])/u, [12, 13, 14, 15, 16, 17, 18, 19]],
  [/^(?:2131|1800)/u, [15]],
];

const CARD_WORDS = [
  'card',
  'cards',
  'credit',
  'debit',
  'visa',
  'mastercard',
  'amex',
  'discover',
  'jcb',
  'diners',
  'maestro',
  'cc',
  'pan',
];

/** How sure digits are the number of a card. */
function cardScore(digits: string): number | null {
  if (digits.length < CARD_DIGITS.min || !isLuhn(digits)) return null;
  if (/^(?:0|(\d)\1+$)/u.test(digits)) return null;
  const lengths = ISSUERS.find(([prefix]) => prefix.test(digits))?.[1] ?? [];
  if (lengths.includes(digits.length)) return KNOWN;
  return /^[2-6]/u.test(digits) ? 0.6 : 0.25;
}

/** Groups by spaces and dashes, or by more where each has three digits at least: single digits with dots are no card. */
const TIGHT = /\d+(?:[ -]\d+)*/gu;
const LOOSE = /(?<!\d)\d{3,19}(?:(?:[ ._/-]{1,2}|[\t\n]|\r\n)\d{3,19})+(?!\d)/gu;

/** A card may begin at each group: other digits may stand right before or behind it, set apart like its own groups. */
function* cards(text: string): Iterable<Candidate> {
  for (const run of [TIGHT, LOOSE]) {
    for (const groups of groupRuns(text, run)) {
      for (let first = 0; first < groups.length; first += 1) {
        const card = cardFrom(text, groups, first);
        if (card !== null) yield card;
      }
    }
  }
}

function isSetApartUnlike(text: string, groups: readonly Group[]): boolean {
  const marks = groups.slice(1).map(({ start }, i) => text.slice(groups[i]?.end ?? 0, start));
  return new Set(marks).size > 1;
}

/** The most certain card that begins at that group. */
function cardFrom(text: string, groups: readonly Group[], first: number): Candidate | null {
  const { start = 0 } = groups[first] ?? {};
  // A fraction has such digits by chance.
  const most = /\d\.$/u.test(text.slice(Math.max(0, start - 2), start)) ? 0.3 : 1;
  let digits = '';
  let best: Candidate | null = null;
  for (let last = first; last < first + CARD_GROUPS_MAX; last += 1) {
    const group = groups[last];
    if (group === undefined || digits.length + group.digits.length > CARD_DIGITS.max) break;
    digits += group.digits;
    const alone = cardScore(digits) ?? 0;
    // Other numbers that stand beside each other are set apart in more than one way.
    const isMixed = alone < KNOWN && isSetApartUnlike(text, groups.slice(first, last + 1));
    const score = Math.min(most, isMixed ? 0.25 : alone);
    if (score > (best?.score ?? 0)) best = { start, end: group.end, score };
  }
  return best;
}

/** Characters of an IBAN with its separators, by country: `isValidIBAN` knows the length, and tries none but the right one. */
function ibanScore(value: string): readonly [number, number] | null {
  let plain = '';
  for (let i = 0; i < value.length; i += 1) {
    const letter = value.charAt(i);
    if (letter === ' ' || letter === '-') continue;
    plain += letter.toUpperCase();
    const next = value.charAt(i + 1);
    if (plain.length < 15 || /[A-Za-z0-9]/u.test(next)) continue;
    if (isValidIBAN(plain)) return [0.98, i + 1];
  }
  return null;
}

/** Federal Reserve districts, thrifts, electronic, and travellers' cheques. */
const ROUTING = /^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/u;

function routingScore(digits: string): number | null {
  if (!ROUTING.test(digits) || /^0+$/u.test(digits)) return null;
  return weighed(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0 ? 0.3 : null;
}

const ROUTING_WORDS = ['routing', 'aba', 'rtn', 'transit', 'wire', 'ach'];
const BANK_WORDS = ['bank', 'checking', 'savings', 'deposit', 'debit', 'iban', 'konto', 'cuenta'];
const ACCOUNT_WORDS = [
  'account',
  'acct',
  'customer',
  'client',
  'member',
  'membership',
  'policy',
  'subscriber',
  'loyalty',
  'konto',
  'kundennummer',
];

export const payments: readonly Recogniser[] = [
  { form: 'card-number', entity: 'credit_card', context: CARD_WORDS, find: cards },
  {
    form: 'card-expiration',
    entity: 'credit_card_expiration',
    context: ['exp', 'expiry', 'expires', 'expiration', 'expiring', 'valid', 'thru', 'until'],
    find: byPattern(/(?<![\d/-])(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?\d\d(?![\d/-])/gu, 0.2),
  },
  {
    form: 'card-verification',
    entity: 'cvv',
    context: ['cvv', 'cvv2', 'cvc', 'cvc2', 'cid', 'csc', 'cav2', 'security', 'verification'],
    find: byPattern(/(?<![\p{L}\d.,-])\d{3,4}(?![\p{L}\d-]|[.,]\d)/gu, 0.1),
  },
  {
    form: 'iban',
    entity: 'bank_account',
    context: BANK_WORDS,
    find: byPattern(/(?<![\p{L}\p{N}])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}/gu, ibanScore),
  },
  {
    form: 'bank-account',
    entity: 'bank_account',
    context: BANK_WORDS,
    find: byPattern(/(?<![\p{L}\d.-])\d{6,17}(?![\p{L}\d]|[.-]\d)/gu, 0.05),
  },
  {
    form: 'account-number',
    entity: 'account_number',
    context: ACCOUNT_WORDS,
    find: byPattern(
      /(?<![\p{L}\p{N}.-])[A-Z0-9]{1,6}(?:-?[A-Z0-9]){3,18}(?![\p{L}\p{N}])/gu,
      (value) => (digitsOf(value).length >= 4 ? 0.05 : null),
    ),
  },
  {
    form: 'us-routing',
    entity: 'routing_number',
    context: ROUTING_WORDS,
    find: byPattern(/(?<![\p{L}\d.-])\d{9}(?![\p{L}\d]|[.-]\d)/gu, routingScore),
  },
  {
    form: 'uk-sort-code',
    entity: 'routing_number',
    context: ['sort', 'sortcode'],
    find: byPattern(/(?<![\p{L}\d.-])\d\d-\d\d-\d\d(?![\p{L}\d]|[.-]\d)/gu, 0.1),
  },
  {
    form: 'bic',
    digitless: true,
    entity: 'routing_number',
    context: ['swift', 'bic'],
    find: byPattern(/(?<![\p{L}\p{N}])[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![\p{L}\p{N}])/gu, 0.1),
  },
  {
    form: 'bitcoin-address',
    entity: 'account_number',
    context: ['wallet', 'bitcoin', 'btc', 'crypto', 'address'],
    find: byPattern(
      /(?<![\p{L}\p{N}])(?:bc1[02-9ac-hj-np-z]{11,71}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?![\p{L}\p{N}])/gu,
      (value) => {
        if (!value.startsWith('bc1')) return /\d/u.test(value.slice(1)) ? 0.5 : 0.2;
        return isBech32(value) ? 0.98 : null;
      },
    ),
  },
  {
    form: 'ethereum-address',
    entity: 'account_number',
    context: ['wallet', 'ethereum', 'eth', 'crypto', 'address'],
    find: byPattern(/(?<![\p{L}\p{N}])0x[0-9a-fA-F]{40}(?![\p{L}\p{N}])/gu, 0.7),
  },
];
