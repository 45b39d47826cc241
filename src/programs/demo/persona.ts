import { iban, luhnDigit } from './checkdigit.ts';
import type { Random } from './random.ts';
import { DAY_MS, scatter } from './world.ts';
import type { Region } from './world.ts';

/** Given names, plain ones; what shows that a person is invented is the family name. */
const GIVEN = [
  'Ada',
  'Bob',
  'Nora',
  'Cleo',
  'Ivan',
  'Mei',
  'Omar',
  'Lena',
  'Hugo',
  'Aiko',
  'Zoe',
  'Tariq',
  'Ines',
  'Kofi',
  'Maja',
  'Liam',
  'Noor',
  'Ravi',
  'Sara',
  'Tomas',
  'Yara',
  'Emil',
  'Fay',
  'Gita',
  'Hana',
  'Igor',
  'Jun',
  'Kim',
  'Luz',
  'Max',
  'Nils',
  'Oona',
  'Paul',
  'Quinn',
  'Rosa',
  'Sven',
  'Tess',
  'Uma',
  'Vera',
  'Wim',
  'Xenia',
  'Yusuf',
  'Zdena',
  'Anouk',
  'Björn',
  'Chloé',
  'Dörte',
  'Eoin',
  'François',
  'Götz',
  'Håkon',
  'İpek',
  'José',
  'Łukasz',
  'Márta',
  'Niño',
  'Øyvind',
] as const;

/** Family names that nobody mistakes for a person's. */
const FAMILY = [
  'Example',
  'Sample',
  'Placeholder',
  'Testcase',
  'Specimen',
  'Mockup',
  'Dummy',
  'Fictional',
  'Invented',
  'Imaginary',
  'Makebelieve',
  'Pseudonym',
  'Nonesuch',
  'Template',
  'Prototype',
  'Lorem',
  'Ipsum',
  'Dolor',
  'Foobar',
  'Quux',
  'Fabricated',
  'Pretend',
  'Nobody',
  'Noname',
  'Standin',
  'Demo',
  'Fixture',
  'Stubbs-Example',
  "O'Sample",
  'van Test',
  'Scenario',
  'Storybook',
  'Anonymous',
  'Unreal',
  'Hypothetical',
  'Draft',
  'Exhibit',
  'Phantom',
  'Figment',
  'Papermodel',
] as const;

const STREETS = [
  'Example Street',
  'Sample Road',
  'Placeholder Lane',
  'Testcase Square',
  'Fiction Avenue',
  'Nowhere Way',
] as const;

/** Names reserved for documentation (RFC 2606, RFC 6761): no mail can reach anybody. */
const MAIL_DOMAINS = ['example.com', 'example.org', 'example.net', 'mail.example'] as const;

const CITIES: Readonly<Record<Region, readonly [string, ...string[]]>> = {
  EMEA: ['Exampleton', 'Samplebourg', 'Testhausen', 'Porto Ficticio', 'Mockholm'],
  AMER: ['Placeholder Falls', 'Fort Sample', 'San Ejemplo', 'Example City', 'Demo Springs'],
  APAC: ['New Specimen', 'Testpura', 'Kita-Mihon', 'Point Example', 'Sampleabad'],
};

export type Persona = { readonly fullName: string; readonly email: string };

/** An invented person's name and an e-mail that fits it; `serial` keeps the e-mail unlike all others of one table. */
export function persona(random: Random, serial: number): Persona {
  const given = random.pick(GIVEN);
  const family = random.pick(FAMILY);
  const local = `${ascii(given)}.${ascii(family)}${serial}`;
  return { fullName: `${given} ${family}`, email: `${local}@${random.pick(MAIL_DOMAINS)}` };
}

/** A name as it is written in a mail address: ASCII letters only. */
export function ascii(name: string): string {
  return name
    .replaceAll('Ł', 'L')
    .replaceAll('ł', 'l')
    .replaceAll('Ø', 'O')
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/gu, '')
    .toLowerCase();
}

/** A telephone number from a range kept for fiction: NANPA 555-01xx, Ofcom 01632 960xxx, ACMA (02) 5550 xxxx. */
export function phone(random: Random, region: Region): string {
  if (region === 'EMEA') return `+44 1632 960${random.digits(3)}`;
  if (region === 'APAC') return `+61 2 5550 ${random.digits(4)}`;
  return `+1 ${random.between(201, 989)} 555 01${random.digits(2)}`;
}

const SSN_AREAS = 100;
const SSN_GROUPS = 49;
const SSN_SERIALS = 9_999;

/**
 * The nth number in the shape of a US social security number, from a range that was never issued: area 900-999 is no
 * area of an SSN, and group 01-49 is no group of an ITIN (SSA RM 10201.035, IRM 3.21.263). No two are equal.
 */
export function neverIssuedSsn(index: number): string {
  const place = scatter(index, SSN_AREAS * SSN_GROUPS * SSN_SERIALS);
  const area = 900 + (place % SSN_AREAS);
  const group = 1 + (Math.floor(place / SSN_AREAS) % SSN_GROUPS);
  const serial = 1 + Math.floor(place / (SSN_AREAS * SSN_GROUPS));
  return `${area}-${String(group).padStart(2, '0')}-${String(serial).padStart(4, '0')}`;
}

/** Beginnings of card numbers that networks and processors publish for tests, with the length of the whole number. */
const TEST_CARDS = [
  { brand: 'visa', prefix: '424242', length: 16 },
  { brand: 'visa', prefix: '400000', length: 16 },
  { brand: 'mastercard', prefix: '555555', length: 16 },
  { brand: 'mastercard', prefix: '222300', length: 16 },
  { brand: 'amex', prefix: '378282', length: 15 },
  { brand: 'discover', prefix: '601111', length: 16 },
] as const;

export type Card = { readonly brand: string; readonly number: string };

/** A card number from a test range whose Luhn digit holds. */
export function card(random: Random): Card {
  const { brand, prefix, length } = random.pick(TEST_CARDS);
  const body = prefix + random.digits(length - prefix.length - 1);
  return { brand, number: body + luhnDigit(body) };
}

/** An IBAN whose check digits hold, of a bank that does not exist (German bank codes never begin with 0; bank `XMPL`). */
export function bankAccount(random: Random): string {
  const kind = random.below(3);
  if (kind === 0) return iban('DE', `0${random.digits(17)}`);
  if (kind === 1) return iban('NL', `XMPL${random.digits(10)}`);
  return iban('GB', `XMPL000000${random.digits(8)}`);
}

/** An address in a network kept for documentation (RFC 5737, RFC 3849). */
export function address(random: Random): string {
  const host = random.between(1, 254);
  const nets = ['192.0.2', '198.51.100', '203.0.113'] as const;
  return random.chance(15) ? `2001:db8::${host.toString(16)}` : `${random.pick(nets)}.${host}`;
}

/** A postal address in a town that is on no map. */
export function residence(random: Random, region: Region): Readonly<Record<string, unknown>> {
  return {
    street: `${random.between(1, 199)} ${random.pick(STREETS)}`,
    city: random.pick(CITIES[region]),
    postcode: random.digits(5),
    region,
    geo: { lat: random.between(-60, 70), lon: random.between(-180, 180) },
  };
}

const OLDEST_BIRTH_MS = Date.UTC(1931, 0, 1);
const BIRTH_DAYS = 27_000;

/** The instant a day of birth begins, between 1931 and 2004. */
export function birthMs(random: Random): number {
  return OLDEST_BIRTH_MS + random.below(BIRTH_DAYS) * DAY_MS;
}
