import { hash, verify } from '@node-rs/argon2';
import { Problem } from '#base/problem';
import { isBreached } from './breached.ts';

/**
 * argon2id (RFC 9106) as OWASP's first choice for small servers: 19 MiB, two passes, one lane, about 50 ms here. Node
 * runs at most four at once (its thread pool), so log-ins never take more than 76 MiB. More would not buy more: the
 * SCRAM verifier kept beside it is the cheaper one to attack.
 */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1, algorithm: 2 } as const;

/** NIST SP 800-63B §3.1.1 asks for 8 with a second factor and 15 without; 12 and a breach list is our middle. */
export const PASSWORD_CHARACTERS_MIN = 12;
/** Bounds what one request makes us hash; NIST asks that 64 be allowed. */
export const PASSWORD_CHARACTERS_MAX = 256;
/** `aaaaaaaaaaab` is long and worth nothing. */
const DISTINCT_CHARACTERS_MIN = 5;

/** Throws `invalid` with what is wanted when a password is too short, too long, breached, or made of the name. */
export function checkPassword(password: string, subjectName: string): void {
  const length = Array.from(password).length;
  if (length < PASSWORD_CHARACTERS_MIN || length > PASSWORD_CHARACTERS_MAX) {
    const wanted = `${PASSWORD_CHARACTERS_MIN} to ${PASSWORD_CHARACTERS_MAX}`;
    throw refused(`password expected ${wanted} characters, got ${length}`);
  }
  if (/[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/u.test(password)) {
    throw refused('password expected no control characters');
  }
  if (new Set(password).size < DISTINCT_CHARACTERS_MIN) {
    throw refused(`password expected at least ${DISTINCT_CHARACTERS_MIN} different characters`);
  }
  if (isMadeOf(password.toLowerCase(), subjectName.toLowerCase())) {
    throw refused('password expected something other than the user name');
  }
  if (isBreached(password)) throw refused('password is on the list of breached passwords');
}

/** The argon2id hash of a password, as a PHC string with its own salt. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, ARGON2);
}

/**
 * Whether a password is the hashed one. Without a hash it works as long against a hash nobody knows the password of,
 * so that time does not tell which names exist; a password over the limit is no password and costs nothing.
 */
export async function verifyPassword(hashed: string | null, password: string): Promise<boolean> {
  if (password.length > PASSWORD_CHARACTERS_MAX * 2) return false;
  const right = await verify(hashed ?? NOBODYS, password);
  return hashed !== null && right;
}

/** The hash, under the same parameters, of 32 random bytes that were thrown away. */
const NOBODYS =
  '$argon2id$v=19$m=19456,t=2,p=1$SEApLxSiQ44I4pn2U1Qc6Q$gd67F5Ku/ZESs0nAi/BYe65w/spSym49gvUvu6MpeEs';

function isMadeOf(password: string, name: string): boolean {
  return name.length >= 3 && password.replaceAll(name, '').replaceAll(/[^\p{L}]/gu, '').length < 4;
}

function refused(message: string): Problem {
  return new Problem('invalid', message, { hint: 'use a passphrase of several unrelated words' });
}
