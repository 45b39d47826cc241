import { byPattern } from './recogniser.ts';
import type { Recogniser } from './recogniser.ts';

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = `(?:${OCTET}\\.){3}${OCTET}`;

/** RFC 4291 §2.2: eight groups of up to four digits, one run of zeros written `::`, the last 32 bits perhaps as IPv4. */
function ipv6Score(value: string): number | null {
  const [left = '', right, ...more] = value.split('::');
  if (more.length > 0) return null;
  const sides = [left, right ?? ''].map((side) => (side === '' ? [] : side.split(':')));
  const groups = sides.flat();
  const dotted = groups.at(-1)?.includes('.') === true ? 1 : 0;
  if (!groups.slice(0, groups.length - dotted).every((group) => /^[0-9a-f]{1,4}$/iu.test(group))) {
    return null;
  }
  if (dotted === 1 && !new RegExp(`^${IPV4}$`, 'u').test(groups.at(-1) ?? '')) return null;
  const count = groups.length + dotted;
  const whole = right === undefined ? count === 8 : count <= 7;
  // `::` alone, and words that look like it (`add::bed`), are more often something else.
  if (!whole || groups.length === 0) return null;
  return right === undefined || /\d/u.test(value) ? 0.9 : 0.3;
}

/** How much of an address counts: what ends a sentence or closes a bracket around it is not part of it. */
function kept(value: string): number {
  let length = value.length;
  while (length > 1 && `.,;:!?)'*`.includes(value.charAt(length - 1))) length -= 1;
  return length;
}

/** Top-level domains that are no ending of a file's name and no word of a sentence that lacks its space. */
const TOP_LEVEL =
  'com|org|net|edu|gov|mil|info|biz|online|shop|site|store|tech|app|dev|cloud|xyz|club|email|int|museum|aero|coop|' +
  'ar|au|br|ca|ch|cl|cn|cz|de|dk|es|eu|fi|fr|gr|hk|hu|ie|il|io|jp|ke|kr|lt|lv|mx|ng|nl|nz|pk|pt|ro|ru|se|sg|si|sk|th|tr|tw|ua|uk|us|vn|za';

const DOMAIN = new RegExp(
  `(?<![\\p{L}\\p{N}@._/-])(?:[\\p{L}\\p{N}][\\p{L}\\p{N}-]{0,62}\\.){1,8}(?:${TOP_LEVEL})(?![\\p{L}\\p{N}@_-]|\\.[\\p{L}\\p{N}])(?:[/?#][^\\s<>"\`{}|\\\\^[\\]]{0,2048})?`,
  'giu',
);

export const network: readonly Recogniser[] = [
  {
    form: 'email',
    digitless: true,
    entity: 'email_address',
    context: ['email', 'e-mail', 'mail', 'contact', 'write'],
    // Begins at the `@`: a name longer than an address may have hides none.
    find: byPattern(
      /@(?<=(?<lead>[\p{L}\p{N}_][\p{L}\p{N}._%+'&=-]{0,63})@)(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}(?:xn--[A-Za-z0-9-]{2,59}|\p{L}{2,24})/gu,
      0.95,
    ),
  },
  {
    form: 'url',
    digitless: true,
    entity: 'url',
    context: ['url', 'link', 'website', 'site', 'visit'],
    find: byPattern(
      /(?<![\p{L}\p{N}])(?:https?|ftps?|sftp|wss?|s3):\/\/[^\s<>"`{}|\\^[\]]{1,2048}/giu,
      (value) => [0.9, kept(value)],
    ),
  },
  {
    form: 'domain',
    digitless: true,
    entity: 'url',
    context: ['url', 'link', 'website', 'site', 'domain', 'visit'],
    find: byPattern(DOMAIN, (value) => [0.6, kept(value)]),
  },
  {
    form: 'ipv4',
    entity: 'ip_address',
    context: ['ip', 'address', 'host', 'server', 'network'],
    find: byPattern(
      new RegExp(
        `(?<![\\p{L}\\p{N}.])${IPV4}(?:/(?:3[0-2]|[12]?\\d)(?!\\d))?(?![\\p{L}\\d]|\\.\\d)`,
        'gu',
      ),
      0.6,
    ),
  },
  {
    form: 'ipv6',
    digitless: true,
    entity: 'ip_address',
    context: ['ip', 'ipv6', 'address', 'host', 'server', 'network'],
    find: byPattern(
      /(?<![\p{L}\p{N}:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{2,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3}|(?<=:\d{1,3})(?:\.\d{1,3}){3})?(?![\p{L}\p{N}:])/gu,
      ipv6Score,
    ),
  },
  {
    form: 'mac',
    digitless: true,
    entity: 'numerical_pii',
    context: ['mac', 'hardware', 'ethernet', 'device'],
    find: byPattern(
      /(?<![\p{L}\p{N}:-])(?:[0-9A-Fa-f]{2}(?<mark>[:-])[0-9A-Fa-f]{2}(?:\k<mark>[0-9A-Fa-f]{2}){4}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\p{L}\p{N}:-])/gu,
      (value) => (/^(?:0+|f+)$/iu.test(value.replaceAll(/[:.-]/gu, '')) ? null : 0.7),
    ),
  },
  {
    form: 'coordinates',
    entity: 'location_coordinate',
    context: ['coordinates', 'gps', 'location', 'latitude', 'lat', 'position'],
    find: byPattern(
      /(?<![\p{L}\d.-])-?(?:90|[1-8]?\d)\.\d{3,15}°? ?[NS]?, ?-?(?:180|1[0-7]\d|\d{1,2})\.\d{3,15}(?:°? ?[EW])?(?![\p{L}\d])/gu,
      0.6,
    ),
  },
];
