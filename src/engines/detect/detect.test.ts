import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Problem } from '#base/problem';
import { compilePattern, DETECTABLE, detect, ENTITIES, requireBounded, settled } from './mod.ts';
import { RECOGNISERS } from './recognisers.ts';

/** What is found in a text, most certain kinds first named: `form value`. */
function found(text: string): readonly string[] {
  return settled(detect(text, { entities: DETECTABLE })).map(
    ({ form, start, end }) => `${form} ${text.slice(start, end)}`,
  );
}

/** Each form in a sentence; numbers with check digits are samples that their issuers publish. */
const FORMS: readonly (readonly [form: string, text: string, value: string])[] = [
  ['card-number', 'pay with 4111 1111 1111 1111 please', '4111 1111 1111 1111'],
  ['card-number', 'order 7 4111-1111-1111-1111 2', '4111-1111-1111-1111'],
  ['card-number', 'amex 378282246310005.', '378282246310005'],
  ['card-number', '５５５５５５５５５５５５４４４４', '５５５５５５５５５５５５４４４４'],
  ['card-expiration', 'it expires 04/27', '04/27'],
  ['card-verification', 'the CVV is 123', '123'],
  ['iban', 'to GB82 WEST 1234 5698 7654 32 AND OFF', 'GB82 WEST 1234 5698 7654 32'],
  ['iban', 'iban:de89370400440532013000', 'de89370400440532013000'],
  ['bank-account', 'my checking 1234567', '1234567'],
  ['account-number', 'customer AB-12345', 'AB-12345'],
  ['us-routing', 'routing 021000021', '021000021'],
  ['uk-sort-code', 'sort code 20-00-00', '20-00-00'],
  ['bic', 'SWIFT DEUTDEFF500', 'DEUTDEFF500'],
  // BIP 173 and BIP 350
  [
    'bitcoin-address',
    'at bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
  ],
  [
    'bitcoin-address',
    'at bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
  ],
  [
    'ethereum-address',
    'at 0x52908400098527886E0F7030069857D2E4169EE7',
    '0x52908400098527886E0F7030069857D2E4169EE7',
  ],
  ['email', "to bob.o'brien@example.co.uk.", "bob.o'brien@example.co.uk"],
  ['email', '(josé@exämple.es)', 'josé@exämple.es'],
  ['email', `${'x'.repeat(80)}@example.com`, `${'x'.repeat(64)}@example.com`],
  ['url', 'see https://example.com/a?b=c.', 'https://example.com/a?b=c'],
  ['domain', 'see example.com, then', 'example.com'],
  ['ipv4', 'from 10.0.0.1.', '10.0.0.1'],
  ['ipv6', 'from fe80::1ff:fe23:4567:890a', 'fe80::1ff:fe23:4567:890a'],
  ['ipv6', 'from ::ffff:10.0.0.1 in', '::ffff:10.0.0.1'],
  ['mac', 'at 00:1A:2B:3C:4D:5E', '00:1A:2B:3C:4D:5E'],
  ['coordinates', 'at 52.520008, 13.404954', '52.520008, 13.404954'],
  ['us-ssn', 'My SSN is 123-45-6789.', '123-45-6789'],
  ['us-ssn', 'itin 912-70-1234', '912-70-1234'],
  ['us-ssn', 'ssn १२३-४५-६७८९', '१२३-४५-६७८९'],
  ['us-ssn-plain', 'social security no. 123456789', '123456789'],
  ['us-ein', 'EIN 12-3456789', '12-3456789'],
  ['us-npi', 'NPI 1234567893', '1234567893'],
  ['us-mbi', 'it is 1EG4-TE5-MK73', '1EG4-TE5-MK73'],
  ['us-dea', 'AB1234563 signed', 'AB1234563'],
  ['health-plan-number', 'patient MR1234567', 'MR1234567'],
  ['vin', 'car 1HGCM82633A004352', '1HGCM82633A004352'],
  ['licence-plate', 'plate 7ABC123', '7ABC123'],
  ['passport', 'passport C01234567', 'C01234567'],
  ['driver-licence', 'driving permit D1234567', 'D1234567'],
  ['us-zip', 'zip 94105-1234', '94105-1234'],
  ['us-state-zip', 'San Francisco, CA 94105', '94105'],
  ['uk-nhs', 'is 943 476 5919', '943 476 5919'],
  ['uk-nino', 'is AB 12 34 56 C', 'AB 12 34 56 C'],
  ['uk-driving-licence', 'is MORGA753116SM9IJ', 'MORGA753116SM9IJ'],
  ['uk-postcode', 'in SW1A 1AA now', 'SW1A 1AA'],
  ['ca-sin', 'is 130 692 544', '130 692 544'],
  ['ca-postal-code', 'in K1A 0B1', 'K1A 0B1'],
  ['in-aadhaar', 'is 2341 2341 2346', '2341 2341 2346'],
  ['in-pan', 'is ABCPE1234F', 'ABCPE1234F'],
  ['es-dni', 'es 12345678Z', '12345678Z'],
  ['es-dni', 'es X1234567L', 'X1234567L'],
  ['de-tax-id', 'Steuer-ID 86095742719', '86095742719'],
  ['de-pension-id', 'ist 15070649C103', '15070649C103'],
  ['it-fiscal-code', 'è RSSMRA85T10A562S', 'RSSMRA85T10A562S'],
  ['fr-nir', 'est 2 69 05 49 588 157 80', '2 69 05 49 588 157 80'],
  ['pl-pesel', 'to 44051401359', '44051401359'],
  ['nl-bsn', 'BSN 111222333', '111222333'],
  ['ch-ahv', 'ist 756.9217.0769.85', '756.9217.0769.85'],
  ['fi-hetu', 'on 131052-308T', '131052-308T'],
  ['se-personnummer', 'är 811218-9876', '811218-9876'],
  ['br-cpf', 'é 111.444.777-35', '111.444.777-35'],
  ['au-tfn', 'tfn 123 456 782', '123 456 782'],
  ['eu-vat', 'ist DE136695976', 'DE136695976'],
  ['eu-vat', 'è IT00743110157', 'IT00743110157'],
  ['date', 'on 2026-11-28, at', '2026-11-28'],
  ['date', 'on 28 November 2026', '28 November 2026'],
  ['date', 'on Nov. 28th, 2026', 'Nov. 28th, 2026'],
  ['date', 'on 28.11.26', '28.11.26'],
  ['date-of-birth', 'born on 12/03/1980', '12/03/1980'],
  ['time-of-day', 'at 5:30 pm', '5:30 pm'],
  ['phone-international', 'is +49 30 901820', '+49 30 901820'],
  ['phone-american', 'is (415) 555-2671', '(415) 555-2671'],
  ['phone-national', 'is 020 7946 0958', '020 7946 0958'],
  ['phone-national', 'call 60-56-85-91', '60-56-85-91'],
  ['password', 'password: hunter2', 'hunter2'],
  ['password', '{"api_key":"k-1234"}', 'k-1234'],
  ['access-key', 'is AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
  [
    'json-web-token',
    'is eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0x.abc',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0x.abc',
  ],
  [
    'private-key',
    'x -----BEGIN PRIVATE KEY-----\nMIIBVAIBADANBgkqhkiG\n-----END PRIVATE KEY----- y',
    '-----BEGIN PRIVATE KEY-----\nMIIBVAIBADANBgkqhkiG\n-----END PRIVATE KEY-----',
  ],
  ['username', 'username=ada', 'ada'],
];

/** Forms that are nothing without a word right before them. */
const NOT_BESIDE = new Set(['password', 'username', 'us-state-zip']);

describe('detect', () => {
  for (const [form, text, value] of FORMS) {
    it(`finds ${form} in \`${text.slice(0, 50)}\``, () => {
      const recogniser = RECOGNISERS.find((one) => one.form === form);
      assert.ok(recogniser, form);
      assert.ok(found(text).includes(`${form} ${value}`), found(text).join('; '));
    });
  }

  it('has a sample of every form', () => {
    const sampled = new Set(FORMS.map(([form]) => form));
    assert.deepEqual(
      RECOGNISERS.map(({ form }) => form).filter((form) => !sampled.has(form)),
      [],
    );
  });

  /** Numbers that only look right: a check digit is off, or a part is never given out. */
  const OTHERS = [
    '4111 1111 1111 1112',
    '0000 0000 0000 0000',
    'GB82 WEST 1234 5698 7654 33',
    '000-12-3456 666-12-3456 123-00-4567 123-45-0000 912-49-1234',
    '9434765918',
    'BG 12 34 56 C',
    '12345678A',
    'RSSMRA85T10A562T',
    '269054958815781',
    '756.9217.0769.84',
    '131052-308U',
    '811218-9875',
    '111.444.777-34',
    'DE136695977',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
    '2341 2341 2345',
    '1.2.3.256',
    'std::vector add::bed ::',
    '2026-13-40',
    'AB1234564',
    'user@ @host a@b',
    'utils.ts node.js etc.and',
    '',
  ];
  for (const text of OTHERS) {
    it(`finds nothing in \`${text}\``, () => assert.deepEqual(found(text), []));
  }

  it('looks for what it is asked for only, and never for what takes a model of the language', () => {
    const text = 'Ada Lovelace, 123-45-6789, ada@example.com, London';
    const kinds = (entities: typeof DETECTABLE) =>
      detect(text, { entities }).map(({ entity }) => entity);
    assert.deepEqual(kinds(['ssn']), ['ssn']);
    assert.deepEqual(kinds([]), []);
    assert.deepEqual(kinds(['name', 'location_city']), []);
    for (const entity of ['name', 'location', 'organization'] as const) {
      assert.ok(!DETECTABLE.includes(entity));
    }
  });

  it('takes words before into account, five of them, and words around the text', () => {
    const at = (text: string, context: readonly string[] = []) =>
      detect(text, { entities: ['ssn'], context }).length;
    assert.equal(at('the number 123456789'), 0);
    assert.equal(at('the SSN number 123456789'), 1);
    assert.equal(at('ssn one two three four five 123456789'), 0);
    assert.equal(at('123456789', ['SSN']), 1);
  });

  it('finds things whatever numbers and words stand before and behind them', () => {
    const beside = fc.constantFrom(
      '',
      '7 ',
      '12 ',
      '1000 ',
      '2024 ',
      'AB12 ',
      'room 4, ',
      'and ',
      '99-',
      'x ',
      '2024-',
      '3.5 ',
    );
    const sure = FORMS.filter(([form]) => !NOT_BESIDE.has(form));
    for (const [form, text, value] of sure) {
      fc.assert(
        fc.property(beside, beside, (before, behind) => {
          // What begins with digits cannot be told from digits that a dash joins to it.
          fc.pre(!before.endsWith('-') && !behind.endsWith('-'));
          const at = text.indexOf(value);
          const whole = `${text.slice(0, at)}${before}${value} ${behind}${text.slice(at + value.length)}`;
          const place = at + before.length;
          const covered = settled(detect(whole, { entities: DETECTABLE })).some(
            ({ start, end }) => start <= place && end >= place + value.length,
          );
          assert.ok(covered, `${form}: ${whole}`);
        }),
        { numRuns: 30 },
      );
    }
  });

  it('finds things right behind letters, marks and line breaks that are written out', () => {
    for (const text of [
      'SSN123-45-6789',
      'ssn-123-45-6789',
      '密码123-45-6789',
      '{"a":"{\\"b\\":\\"x\\n123-45-6789\\"}"}',
      '1\u200B23-45-67\u00AD89',
    ]) {
      assert.equal(detect(text, { entities: ['ssn'] }).length, 1, text);
    }
    for (const text of [
      '4111.1111.1111.1111',
      '4111  1111  1111  1111',
      '4111\n1111\n1111\n1111',
      '4111\u200B1111\u200B1111\u200B1111',
      '4111/1111/1111/1111',
    ]) {
      const [card] = settled(detect(text, { entities: ['credit_card'] }));
      assert.deepEqual([card?.start, card?.end], [0, text.length], text);
    }
    for (const text of [
      'bob,555-234-4567,x',
      'bob,(555) 234-4567',
      'kim,0151-23456789',
      '1/555-234-4568',
    ]) {
      assert.ok(detect(text, { entities: ['phone_number'] }).length > 0, text);
    }
    assert.deepEqual(found('\\t555-234-4567'), ['phone-american 555-234-4567']);
  });

  it('takes a whole text for what its place is called', () => {
    const named = (name: string) =>
      detect('hunter2!', { entities: ['password', 'username'], name }).map(({ form }) => form);
    assert.deepEqual(named('db password'), ['password']);
    assert.deepEqual(named('user name'), ['username']);
    assert.deepEqual(named('passwords left'), []);
  });

  it('takes time linear in the text, whatever it holds', () => {
    const pieces = [
      '1',
      '@',
      'a.',
      '1 ',
      '1-',
      'a@',
      ':',
      'a:',
      '+1',
      '(1',
      'A1',
      'AA ',
      'password:',
      '[SSN_',
      'http:',
      'eyJ',
      'eyJaaaaaaaa.',
      '-----BEGIN PRIVATE KEY-----',
      'jan 1 ',
      '1/1/',
      '1111 ',
      'x-',
      '020 7946 0958 ',
      '4111 1111 1111 1111 ',
      'é.',
      '1.1.1.1.',
      'à@a.',
      'pin is ',
      'GB82 ',
      'DE89 3704 0044 0532 0130 00 ',
      ' ',
      '0x',
      'bc1q',
      '12:',
      'user name ',
      '\\',
      '1,',
      'WY 1',
      'a-a.',
      '٣',
      '\u{1F600}',
    ];
    const size = 100_000;
    for (const piece of pieces) {
      const text = piece.repeat(size / piece.length);
      const before = process.cpuUsage();
      detect(text, { entities: DETECTABLE });
      const { user, system } = process.cpuUsage(before);
      // Some 0.1 s at worst; what grows with the square of the text takes minutes.
      assert.ok(user + system < 10e6, `\`${piece}\`: ${(user + system) / 1e6} s`);
    }
  });
});

describe('settled', () => {
  it('covers everything that was found with places that do not overlap', () => {
    const place = fc
      .record({
        start: fc.nat(60),
        length: fc.integer({ min: 1, max: 15 }),
        entity: fc.constantFrom(...ENTITIES),
        score: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .map(({ start, length, ...rest }) => ({ start, end: start + length, ...rest }));
    fc.assert(
      fc.property(fc.array(place, { maxLength: 20 }), (places) => {
        const all = settled(places);
        for (const { start, end } of places) {
          assert.ok(all.some((one) => one.start <= start && end <= one.end));
        }
        for (const [i, one] of all.entries()) {
          assert.ok(one.end <= (all[i + 1]?.start ?? Infinity));
        }
      }),
    );
  });

  it('names a place by what covers it, then by what is more certain', () => {
    const text = 'https://example.com/?to=ada@example.com';
    assert.deepEqual(found(text), [`url ${text}`]);
    assert.deepEqual(found('born 1980-03-12'), ['date-of-birth 1980-03-12']);
  });
});

describe('compilePattern', () => {
  it('finds every place, and no empty one', () => {
    assert.deepEqual(
      compilePattern('[0-9]*').find('a12b3', () => undefined),
      [
        { start: 1, end: 3 },
        { start: 4, end: 5 },
      ],
    );
  });

  it('refuses what is no RE2, and what is too long, without telling it', () => {
    for (const text of ['(?=secret)', '(secret', 'secret'.repeat(100), '', 'secret\\1']) {
      assert.throws(
        () => compilePattern(text),
        (thrown) => thrown instanceof Problem && !thrown.message.includes('secret'),
      );
    }
  });

  it('is linear where V8 is not, and bounded by the text', () => {
    assert.equal(
      compilePattern('^(a+)+$').find(`${'a'.repeat(5_000)}b`, () => undefined).length,
      0,
    );
    const large = compilePattern('(?:a{1,100}b?){1,10}');
    assert.throws(() => requireBounded([large], 10_000_000), /too large/u);
    requireBounded([compilePattern('abc')], 256 * 1024);
    const slow = compilePattern('x[^y]*y|a');
    let places = 0;
    const enough = () => {
      places += 1;
      if (places > 10) throw new Problem('invalid', 'enough');
    };
    assert.throws(() => slow.find('xa'.repeat(1_000), enough), /enough/u);
  });
});
