/** Crockford's base 32, lower case: sorts like the numbers it stands for and has no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_DIGITS = 10;
const RANDOM_BYTES = 10;

/** The kind of thing an id names is its prefix, so that one cannot pass for another. */
export type IdPrefix =
  | 'sub'
  | 'grp'
  | 'tok'
  | 'ses'
  | 'sys'
  | 'src'
  | 'pol'
  | 'prj'
  | 'pln'
  | 'dec'
  | 'key'
  | 'job'
  | 'run'
  | 'req'
  | 'vlt'
  | 'imp'
  | 'con'
  | 'exp'
  | 'tbl'
  | 'col'
  | 'rol'
  | 'egr'
  | 'cnx'
  | 'inc'
  | 'chn'
  | 'alr'
  | 'mut'
  | 'grt'
  | 'out'
  | 'qit';
export type Id<P extends IdPrefix> = `${P}_${string}`;

/**
 * A new id: prefix, 10 digits of time (ms), 16 digits of randomness; ids of one kind sort by time.
 * `random` hands out that many bytes, so that pure code stays pure.
 */
export function newId<P extends IdPrefix>(
  prefix: P,
  source: { readonly nowMs: number; readonly random: (sizeBytes: number) => Uint8Array },
): Id<P> {
  let time = '';
  let rest = source.nowMs;
  for (let i = 0; i < TIME_DIGITS; i++) {
    time = ALPHABET[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  return `${prefix}_${time}${base32(source.random(RANDOM_BYTES))}`;
}

/** Whether a text is an id of that kind. */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is Id<P> {
  return new RegExp(`^${prefix}_[${ALPHABET}]{26}$`, 'u').test(text);
}

function base32(bytes: Uint8Array): string {
  let out = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return out;
}
