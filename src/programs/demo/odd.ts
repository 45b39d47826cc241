import { arrayCell, bytesCell, instantCell } from './cell.ts';
import type { Row } from './cell.ts';
import type { Table } from './table.ts';
import { eventMs, sizeOf, streamOf, uuidOf } from './world.ts';
import type { World } from './world.ts';

/** Longer than any buffer a careless program keeps: past 64 KiB, and past what fits a TOAST chunk. */
const LONG_CHARACTERS = 300_000;

/** Texts that break careless programs; none holds NUL, which PostgreSQL's text cannot. */
const STRANGE: readonly (readonly [label: string, content: string])[] = [
  ['empty', ''],
  ['space', ' '],
  ['quotes', `'"\`''""$$ $tag$ ' OR '1'='1`],
  ['backslashes', String.raw`\ \\ \N \. \x41 \u0041 C:\temp\new`],
  ['null words', 'NULL null \\N None undefined'],
  ['controls', '\t\n\r\b\f\v\u0001\u007f\u0085\u2028'],
  ['emoji', '👩🏽‍⚕️🧑‍🤝‍🧑🏳️‍🌈'],
  ['right to left', 'שלום \u202Eevil\u202C مرحبا'],
  ['combining', 'e\u0301 n\u0303 Z\u0351\u036b\u0343\u036a\u0302\u036b'],
  ['beyond the base plane', '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 \u{10FFFD}'],
  ['widths', '\u200b\u200c\u200d\ufeff|ｆｕｌｌ|￿'],
  ['look-alikes', 'аdmin раураl І1l|'],
  ['braces and commas', '{"a","b",NULL} [1,2] (3,4)'],
  ['markup', '<script>alert(1)</script> &amp; {{7*7}} ${7*7} %s %n'],
  ['sql', `'); drop table clinic.patients; --`],
  ['turkish', 'Iı İi ſ ß ẞ ﬃ'],
];

/** Rows that are there to break things. */
export const ODD: readonly Table[] = [
  { name: 'odd.texts', rows: texts },
  { name: 'odd.sparse', rows: sparse },
  { name: 'odd."Mixed ""Case"" Täble"', rows: mixedCase },
];

function* texts(world: World): Iterable<Row> {
  const random = streamOf(world, 'odd.texts');
  let id = 0;
  for (const [label, content] of STRANGE) yield [`${++id}`, label, content];
  for (let index = 0; index < sizeOf(world, 'longTexts'); index++) {
    const word = random.pick(['long ', 'läng\\', '長い\n', "o'", '🐘']);
    const times = Math.ceil(LONG_CHARACTERS / word.length / (index + 1));
    yield [`${++id}`, `long ${index}`, word.repeat(times)];
  }
}

function* sparse(world: World): Iterable<Row> {
  const random = streamOf(world, 'odd.sparse');
  for (let id = 1; id <= sizeOf(world, 'sparse'); id++) {
    const cells: Row = [
      'a',
      '',
      'NULL',
      '0.00000000000000000001',
      instantCell(eventMs(world, random)),
      'null',
      arrayCell(['', 'NULL', '"', '\\']),
      '::1',
      bytesCell(''),
      uuidOf(world, 'sparse', id),
    ];
    yield [`${id}`, ...cells.map((cell) => (random.chance(5) ? cell : null))];
  }
}

function* mixedCase(): Iterable<Row> {
  yield ['1', 'from', 'ada@example.com', 'ünï'];
  yield ['2', null, null, null];
  yield ['3', '"', "bob@example.org'", '\\'];
}
