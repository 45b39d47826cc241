import type { ColumnProposal, TableProposal } from './proposal.ts';

type TokenProposal = NonNullable<ColumnProposal['tokens']>[number];

const RANDOM: TokenProposal = { shape: { kind: 'uuid' }, deterministic: false };
const LASTING: TokenProposal = { shape: { kind: 'uuid' }, deterministic: true };
const SHAPED: TokenProposal = { shape: { kind: 'same-shape' }, deterministic: true };
const EMAIL: TokenProposal = { shape: { kind: 'email' }, deterministic: true };
const CARD: TokenProposal = { shape: { kind: 'card' }, deterministic: true };

/** A text that is somebody's: tokenised, redacted unless policy says otherwise. */
function personal(name: string, more: Partial<ColumnProposal> = {}): ColumnProposal {
  return { name, type: 'string', tokens: [RANDOM], redaction: 'REDACTED', ...more };
}

const subject: ColumnProposal = {
  name: 'person',
  type: 'string',
  nullable: false,
  exactIndex: true,
  redaction: 'PLAIN_TEXT',
  description: 'What names the person in your own systems; whoever it names can be forgotten.',
};
const email = personal('email', {
  exactIndex: true,
  tokens: [EMAIL],
  redaction: 'MASKED',
  mask: { find: '^(.).*(@.*)$', replace: '${1}***${2}' },
  validation: '[^@\\s]+@[^@\\s]+',
});
const phone = personal('phone', {
  exactIndex: true,
  tokens: [SHAPED],
  redaction: 'MASKED',
  mask: { find: '^.*(.{4})$', replace: '***${1}' },
});
const nationalId = personal('national_id', {
  exactIndex: true,
  tokens: [SHAPED],
  redaction: 'MASKED',
  mask: { find: '^.*(.{4})$', replace: '***${1}' },
});
const birthDate = personal('birth_date', { type: 'date' });
const address = personal('address', { type: 'json' });
const country: ColumnProposal = { name: 'country', type: 'string', redaction: 'PLAIN_TEXT' };

/** Ready-made tables by what they are for. */
export const TEMPLATES: Readonly<
  Record<'payments' | 'patients' | 'customers' | 'employees', readonly TableProposal[]>
> = {
  payments: [
    {
      name: 'cards',
      subject: 'person',
      columns: [
        subject,
        personal('card_number', {
          nullable: false,
          tokens: [CARD],
          exactIndex: true,
          redaction: 'MASKED',
          mask: { find: '^(.{6}).*(.{4})$', replace: '${1}******${2}' },
          validation: '[0-9]{12,19}',
        }),
        personal('cardholder_name'),
        personal('expiry', { validation: '(0[1-9]|1[0-2])/[0-9]{2}', redaction: 'PLAIN_TEXT' }),
        personal('security_code', {
          tokens: [{ shape: { kind: 'uuid' }, deterministic: false, ttlSeconds: 60 * 60 }],
          validation: '[0-9]{3,4}',
        }),
      ],
    },
    {
      name: 'bank_accounts',
      subject: 'person',
      columns: [
        subject,
        personal('account_number', { tokens: [SHAPED], exactIndex: true }),
        personal('account_holder'),
        country,
      ],
    },
  ],
  patients: [
    {
      name: 'patients',
      subject: 'person',
      purposeRequired: true,
      columns: [
        subject,
        personal('name'),
        birthDate,
        email,
        phone,
        nationalId,
        address,
        personal('medical_record_number', { unique: true, tokens: [LASTING] }),
        personal('diagnoses', { isArray: true }),
        { name: 'consent_given', type: 'bool', redaction: 'PLAIN_TEXT' },
        { name: 'scan', type: 'file' },
      ],
    },
  ],
  customers: [
    {
      name: 'customers',
      subject: 'person',
      columns: [subject, personal('name'), email, phone, address, birthDate, country],
    },
  ],
  employees: [
    {
      name: 'employees',
      subject: 'person',
      columns: [
        subject,
        personal('name'),
        email,
        phone,
        nationalId,
        address,
        personal('salary', { type: 'int64', operations: ['aggregation'] }),
        personal('bank_account', { tokens: [SHAPED] }),
        { name: 'hired', type: 'date', redaction: 'PLAIN_TEXT' },
      ],
    },
  ],
};
