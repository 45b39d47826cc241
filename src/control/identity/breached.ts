import { readFileSync } from 'node:fs';

/**
 * The 20,000 most common passwords of 6 or more characters found in breaches, one a line, most common first
 * (from the lists of zxcvbn-ts, MIT). Read on first use: only control needs them.
 */
let common: ReadonlySet<string> | undefined;

function commonPasswords(): ReadonlySet<string> {
  common ??= new Set(readFileSync(new URL('breached.txt', import.meta.url), 'utf8').split('\n'));
  return common;
}

/** What people put for letters when a rule asks for digits and signs. */
const DISGUISES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Whether a password is a breached one: itself, said twice, in disguise, or with digits and signs around it. */
export function isBreached(password: string): boolean {
  const plain = password.toLowerCase();
  const bare = plain.replaceAll(/^[^a-z]+|[^a-z]+$/gu, '');
  const unmasked = plain.replaceAll(/[013457@$!]/gu, (sign) => DISGUISES[sign] ?? sign);
  const unmaskedBare = bare.replaceAll(/[013457@$!]/gu, (sign) => DISGUISES[sign] ?? sign);
  return [plain, bare, unmasked, unmaskedBare].some(isCommon);
}

function isCommon(text: string): boolean {
  if (text === '') return false;
  const known = commonPasswords();
  if (known.has(text)) return true;
  const half = text.slice(0, text.length / 2);
  return text === half + half && known.has(half);
}
