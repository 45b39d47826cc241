import { isIPv4, isIPv6 } from 'node:net';

/** What kind of place an address is; only `public` needs no rule that names it. */
export type AddressClass =
  | 'public'
  | 'private'
  | 'loopback'
  | 'link-local'
  | 'metadata'
  | 'reserved';

/** An address as a number of 128 bits; IPv4 sits where IPv6 maps it (RFC 4291 §2.5.5.2). */
export type Address = bigint;

const MAPPED = 0xffff_0000_0000n;

/** The number of an IPv4 or IPv6 address in its usual text forms; null for anything else, zone ids included. */
export function addressOf(text: string): Address | null {
  if (isIPv4(text)) return MAPPED | fromDotted(text);
  return isIPv6(text) && !text.includes('%') ? fromColons(text) : null;
}

function fromDotted(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function fromColons(text: string): bigint {
  const dotted = /[\d.]+$/u.exec(text)?.[0] ?? '';
  const plain = dotted.includes('.') ? text.replace(dotted, hexPair(fromDotted(dotted))) : text;
  const [left = '', right] = plain.split('::');
  const [before, after] = [groups(left), groups(right ?? '')];
  const zeros = right === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => 0n), ...after].reduce(
    (value, group) => (value << 16n) | group,
    0n,
  );
}

function groups(text: string): readonly bigint[] {
  return text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`));
}

function hexPair(value: bigint): string {
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

/** A range of addresses: those whose first `bits` of 128 are these. */
export type Network = { readonly first: Address; readonly bits: number };

/** The range a text such as `10.0.0.0/8`, `fd00::/8` or one address names; null for anything else. */
export function networkOf(text: string): Network | null {
  const [base = '', suffix, more] = text.split('/');
  const address = addressOf(base);
  if (address === null || more !== undefined) return null;
  const width = isIPv4(base) ? 32 : 128;
  if (suffix !== undefined && !/^\d{1,3}$/u.test(suffix)) return null;
  const length = suffix === undefined ? width : Number(suffix);
  if (length > width) return null;
  const bits = 128 - width + length;
  const first = (address >> BigInt(128 - bits)) << BigInt(128 - bits);
  return first === address ? { first, bits } : null;
}

export function isInside(address: Address, { first, bits }: Network): boolean {
  const rest = BigInt(128 - bits);
  return address >> rest === first >> rest;
}

/** Services that hand credentials to whoever asks from inside a cloud: AWS, Google, Azure, Oracle, Alibaba. */
const METADATA = networks(
  '169.254.169.254',
  '169.254.169.253',
  '169.254.170.2',
  '169.254.170.23',
  '168.63.129.16',
  '192.0.0.192',
  '100.100.100.200',
  'fd00:ec2::254',
  'fd00:ec2::253',
  'fd00:ec2::23',
  'fd20:ce::254',
);

/** IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890), the narrower ranges first. */
const SPECIAL: readonly (readonly [AddressClass, readonly Network[]])[] = [
  ['metadata', METADATA],
  ['loopback', networks('127.0.0.0/8', '::1')],
  ['link-local', networks('169.254.0.0/16', 'fe80::/10')],
  ['private', networks('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10')],
  ['private', networks('fc00::/7')],
  [
    'reserved',
    networks(
      '0.0.0.0/8',
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '224.0.0.0/4',
      '240.0.0.0/4',
    ),
  ],
  ['reserved', networks('2001:db8::/32', '3fff::/20', '2001::/23')],
];

function networks(...texts: readonly string[]): readonly Network[] {
  return texts.flatMap((text) => networkOf(text) ?? []);
}

const [GLOBAL_V6] = networks('2000::/3');
const [IN_V4] = networks('::ffff:0:0/96');
/** IPv6 forms that a router turns into the IPv4 address inside: where it stands, in bits from the right. */
const CARRIERS: readonly (readonly [Network, bigint])[] = [
  ...networks('64:ff9b::/96', '::/96').map((network) => [network, 0n] as const),
  ...networks('2002::/16').map((network) => [network, 80n] as const),
];

/** What kind of place an address is. An IPv6 address that carries an IPv4 one is what that is. */
export function classOf(address: Address): AddressClass {
  const special = SPECIAL.find(([, ranges]) => ranges.some((range) => isInside(address, range)));
  if (special !== undefined) return special[0];
  if (IN_V4 !== undefined && isInside(address, IN_V4)) return 'public';
  const carrier = CARRIERS.find(([range]) => isInside(address, range));
  if (carrier !== undefined) {
    const inner = classOf(MAPPED | ((address >> carrier[1]) & 0xffff_ffffn));
    return inner === 'public' ? 'public' : inner;
  }
  return GLOBAL_V6 !== undefined && isInside(address, GLOBAL_V6) ? 'public' : 'reserved';
}
