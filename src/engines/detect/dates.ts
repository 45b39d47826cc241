import { byPattern } from './recogniser.ts';
import type { Recogniser } from './recogniser.ts';

const MONTHS =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?';
const BEFORE = '(?<![\\p{L}\\p{N}./-])';
const AFTER = '(?![\\p{L}\\p{N}]|[./-]\\d)';
const DAY = '(?:0?[1-9]|[12]\\d|3[01])';
const MONTH = '(?:0?[1-9]|1[0-2])';
const YEAR = '(?:1[6-9]|20|21)\\d\\d';

const FORMS = [
  `${YEAR}(?<first>[-./])${MONTH}\\k<first>${DAY}(?:[T ][0-2]?\\d:[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d\\d:?\\d\\d)?)?`,
  `(?:${DAY}(?<second>[-./])${MONTH}|${MONTH}(?<third>[-./])${DAY})(?:\\k<second>|\\k<third>)(?:${YEAR}|\\d\\d)`,
  `(?:${DAY}(?:st|nd|rd|th)?(?: of)?[ -])?(?:${MONTHS})\\.?,?[ -](?:${DAY}(?:st|nd|rd|th)?,? )?'?(?:${YEAR}|\\d\\d(?=[\\s,.;:!?)]|$))`,
  `${DAY}(?:st|nd|rd|th)?(?: of)? (?:${MONTHS})`,
  `(?:${MONTHS})\\.? ${DAY}(?:st|nd|rd|th)?`,
];
/** Dates with a day or a year. */
const DATE = new RegExp(`${BEFORE}(?:${FORMS.join('|')})${AFTER}`, 'giu');

const BIRTH = [
  'born',
  'birth',
  'birthday',
  'birthdate',
  'dob',
  'geboren',
  'geburtsdatum',
  'nacimiento',
  'naissance',
];

export const dates: readonly Recogniser[] = [
  { form: 'date', entity: 'date', context: [], find: byPattern(DATE, 0.6) },
  {
    form: 'date-of-birth',
    entity: 'dob',
    context: BIRTH,
    // Nothing without a word that says so; with one, more certain than a date.
    find: byPattern(DATE, 0.36),
  },
  {
    form: 'time-of-day',
    entity: 'time',
    context: ['at', 'time'],
    find: byPattern(
      /(?<![\p{L}\p{N}:.])(?:(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?: ?[ap]\.?m\.?)?|(?:1[0-2]|0?[1-9]) ?[ap]\.?m\.?)(?![\p{L}\p{N}:])/giu,
      0.5,
    ),
  },
];
