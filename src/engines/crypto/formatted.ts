import { createHash } from 'node:crypto';
import { concat, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { alphabetOf, STAND_IN_MARK } from './alphabet.ts';
import type { Alphabet, AlphabetName } from './alphabet.ts';
import { cellBytes, columnOf } from './column.ts';
import type { TextColumn } from './column.ts';
import { createFf1, DIGITS_MAX } from './ff1.ts';
import type { Ff1 } from './ff1.ts';
import { preparedWith } from './key.ts';
import type { MaskKey, MaskMaterial } from './key.ts';
import { readNumerals, writeNumerals } from './numerals.ts';
import type { Numerals } from './numerals.ts';
import { DIGEST_HEX_BYTES, hashCells, saltOf } from './sha256.ts';
import type { Salt } from './sha256.ts';

/** Replaces the characters of an alphabet by others of it (FF1), leaves separators in place. docs/formats/masked-values.md */
export type FormatMask = {
  readonly kind: 'format-preserving';
  readonly alphabet: AlphabetName;
  readonly separators: string;
};

type Format = { readonly alphabet: Alphabet; readonly ff1: Ff1; readonly salt: Salt };

const TWEAK_DOMAIN = 'privet/ff1/v1\n';
const TWEAK_BYTES = 8;
const STAND_IN_BYTES = 1 + DIGEST_HEX_BYTES;
const STAND_IN_MARK_BYTE = STAND_IN_MARK.charCodeAt(0);

/**
 * Masks each cell, keeping length and separators. A cell with too few or too many characters, or with foreign ones,
 * becomes `~` and the hex of a salted SHA-256, so that the mask stays total and injective. Throws `invalid` for a bad
 * alphabet.
 */
export function maskFormatPreserving(column: TextColumn, spec: FormatMask, key: MaskKey): TextColumn {
  const format = formatOf(spec, key);
  const numerals = readNumerals(column, format.alphabet, { min: format.ff1.digitsMin, max: DIGITS_MAX });
  format.ff1.crypt(numerals.batch, 'encrypt');
  return assemble(column, format, numerals);
}

/** The value behind a masked text; throws `unsupported` for a stand-in, `invalid` for a text outside the alphabet. */
export function unmaskFormatPreserving(text: string, spec: FormatMask, key: MaskKey): string {
  if (text.startsWith(STAND_IN_MARK)) {
    throw new Problem('unsupported', 'masked value expected a reversible form, got a stand-in', {
      hint: 'the value had too few, too many or foreign characters and was hashed',
    });
  }
  const format = formatOf(spec, key);
  const column = columnOf([text]);
  const numerals = readNumerals(column, format.alphabet, { min: format.ff1.digitsMin, max: DIGITS_MAX });
  if (numerals.others.length > 0) throw new Problem('invalid', 'masked value expected characters of its alphabet');
  format.ff1.crypt(numerals.batch, 'decrypt');
  return textOf(cellBytes(assemble(column, format, numerals), 0));
}

/** Domain separation: alphabets that share a key and a size must not share a permutation. */
export function alphabetTweak(characters: string): Uint8Array {
  const digest = createHash('sha256').update(concat(utf8(TWEAK_DOMAIN), utf8(characters))).digest();
  return new Uint8Array(digest.subarray(0, TWEAK_BYTES));
}

function formatOf(spec: FormatMask, key: MaskKey): Format {
  const name = JSON.stringify(['format-preserving', spec.alphabet, spec.separators]);
  return preparedWith(key, name, (material: MaskMaterial) => {
    const alphabet = alphabetOf(spec.alphabet, spec.separators);
    return {
      alphabet,
      ff1: createFf1(material.formatKey, alphabet.radix, alphabetTweak(alphabet.characters)),
      salt: saltOf(material.formatSalt),
    };
  });
}

function assemble(column: TextColumn, { alphabet, salt }: Format, numerals: Numerals): TextColumn {
  const { others } = numerals;
  const { bytes, offsets } = writeNumerals(column, { alphabet, numerals }, STAND_IN_BYTES);
  for (const cell of others) bytes[offsets[cell] as number] = STAND_IN_MARK_BYTE;
  const positions = others.map((cell) => (offsets[cell] as number) + 1);
  hashCells(column, salt, { cells: others, out: bytes, positions });
  return { bytes, offsets, nulls: column.nulls.slice() };
}
