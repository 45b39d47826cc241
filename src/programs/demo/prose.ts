import type { Random } from './random.ts';

export type Diagnosis = { readonly code: string; readonly label: string };

/** A few codes of ICD-10 with their plain names, and how common they are is left to chance. */
export const DIAGNOSES: readonly [Diagnosis, ...Diagnosis[]] = [
  { code: 'I10', label: 'Essential hypertension' },
  { code: 'E11.9', label: 'Type 2 diabetes mellitus' },
  { code: 'J45.9', label: 'Asthma' },
  { code: 'M54.5', label: 'Low back pain' },
  { code: 'F32.1', label: 'Moderate depressive episode' },
  { code: 'B20', label: 'HIV disease' },
  { code: 'C50.9', label: 'Malignant neoplasm of breast' },
  { code: 'J06.9', label: 'Upper respiratory infection' },
  { code: 'K21.9', label: 'Gastro-oesophageal reflux' },
  { code: 'G43.9', label: 'Migraine' },
  { code: 'N39.0', label: 'Urinary tract infection' },
  { code: 'S93.4', label: 'Sprain of ankle' },
  { code: 'Z00.0', label: 'General medical examination' },
  { code: 'L20.9', label: 'Atopic dermatitis' },
];

const OPENINGS = [
  'Seen in clinic.',
  'Telephone review.',
  'Walk-in.',
  'Follow-up visit.',
  'Referred by colleague.',
] as const;
const COMPLAINTS = [
  'reports poor sleep and headaches',
  'feels better since the last visit',
  'worries about side effects',
  'has had a cough for two weeks',
  'asks about travelling next month',
  'denies chest pain',
] as const;
const PLANS = [
  'Bloods taken.',
  'Dose unchanged.',
  'Dose doubled.',
  'Imaging requested.',
  'Review in six weeks.',
  'Discharged.',
] as const;
const ASIDES = [
  'Partner present.',
  'Prefers morning appointments.',
  'Works nights.',
  'Lives alone.',
  'Speaks little English.',
] as const;

/** What goes into a clinical note: identifying facts hide in it, as they do in real ones. */
export type NoteSubject = {
  readonly fullName: string;
  readonly phone: string;
  readonly label: string;
};

/** A short clinical note in which the patient's name, and now and then the telephone number, appear. */
export function clinicalNote(random: Random, about: NoteSubject): string {
  const call = random.chance(20) ? ` Call back on ${about.phone}.` : '';
  const aside = random.chance(40) ? ` ${random.pick(ASIDES)}` : '';
  return `${random.pick(OPENINGS)} ${about.fullName} ${random.pick(COMPLAINTS)}; ${about.label.toLowerCase()}. ${random.pick(PLANS)}${aside}${call}`;
}

const ORDER_NOTES = [
  'leave with the neighbour at number 12',
  'ring twice',
  'gift, please do not enclose the invoice',
  'call before delivery',
  'back door, mind the dog',
] as const;

/** A customer's remark on an order; four in five leave none. */
export function orderNote(random: Random, phone: string): string | null {
  if (!random.chance(20)) return null;
  const call = random.chance(30) ? ` (${phone})` : '';
  return `${random.pick(ORDER_NOTES)}${call}`;
}
