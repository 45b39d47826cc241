import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { base64 } from '#base/bytes';
import type { RandomSource } from './work.ts';

const pbkdf2Async = promisify(pbkdf2);

/** What a server needs to check a SCRAM-SHA-256 proof, and nothing with which to make one (RFC 5802 §3); base64. */
export type ScramVerifier = {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
};

/**
 * RFC 7677 §4 asks for at least 4,096, which is what PostgreSQL uses. One number for everybody: the gateway answers an
 * unknown name with a stand-in that must look like a real one. Clients pay these on every connection.
 */
const SCRAM_ITERATIONS = 4_096;
/** RFC 5802 sets no size; 16 bytes is what PostgreSQL uses and clients have met. */
const SALT_BYTES = 16;

/** The verifier of a password (or of a whole token text) under a new salt. */
export async function scramVerifier(
  password: string,
  random: RandomSource,
): Promise<ScramVerifier> {
  const salt = random(SALT_BYTES);
  const text = Buffer.from(saslPrepared(password), 'utf8');
  const salted = await pbkdf2Async(text, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  return {
    salt: base64(salt),
    iterations: SCRAM_ITERATIONS,
    storedKey: createHash('sha256').update(clientKey).digest('base64'),
    serverKey: createHmac('sha256', salted).update('Server Key').digest('base64'),
  };
}

/**
 * The password as SCRAM clients send it through SASLprep (RFC 4013 §2.1-2.2): foreign spaces become spaces, invisible
 * joiners vanish, then NFKC. What SASLprep prohibits is refused earlier, by the password rules.
 */
export function saslPrepared(password: string): string {
  return password
    .replaceAll(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu, ' ')
    .replaceAll(/\u00ad|\u034f|\u1806|\u2060|\ufeff/gu, '')
    .replaceAll(/\u180b|\u180c|\u180d|[\ufe00-\ufe0f]/gu, '')
    .replaceAll(/\u200c|\u200d/gu, '')
    .normalize('NFKC');
}
