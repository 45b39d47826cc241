import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Problem } from '#base/problem';
import { tokens } from './template.ts';

const text = (sql: string) =>
  tokens(sql)
    .map((token) => (token.kind === 'text' ? token.text : `<${Object.values(token).join(' ')}>`))
    .join('')
    .replaceAll(/\s+/gu, ' ')
    .trim();

describe('tokens', () => {
  it('finds every name with its argument', () => {
    assert.equal(
      text("a = @user AND b = ANY(@attr('it''s')) OR @columnTagged('A.B') = @purpose"),
      "a = <user> AND b = ANY( <attr it's> ) OR <columnTagged A.B> = <purpose>",
    );
    assert.equal(
      text("@column( 'Odd Name' ) <> @value and c = ANY (@groups)"),
      '<column Odd Name> <> <value> and c = ANY ( <groups> )',
    );
  });

  it('leaves quotes, dollar quotes and identifiers alone', () => {
    for (const sql of [
      "'@user'",
      "'it''s @user'",
      '"@user"',
      '"a""@user"',
      '$$@user$$',
      '$x$@user $$ @user$x$',
      String.raw`E'\'@user'`,
      String.raw`e'\\\'@user'`,
      'a$b@>c',
      'x <@ y',
      'a @@ b',
      'x <@user',
    ]) {
      assert.equal(text(sql), sql);
    }
  });

  it('takes a backslash as a plain character outside E quotes', () => {
    assert.equal(text(String.raw`'\' || @user`), String.raw`'\' || <user>`);
    assert.equal(text(String.raw`type'\' || @user`), String.raw`type'\' || <user>`);
  });

  it('drops comments, nested ones too, and what they hide', () => {
    assert.equal(text('a -- @user\n= 1'), 'a = 1');
    assert.equal(text('a /* @user /* x */ @nope */ = 1'), 'a = 1');
    assert.equal(text('a =-- x\n 1'), 'a = 1');
    assert.equal(text('a = 1 -- end'), 'a = 1');
  });

  it('keeps bound values from fusing with what stands beside them', () => {
    const pieces = tokens('E@user');
    assert.deepEqual(pieces, [
      { kind: 'text', text: 'E ' },
      { kind: 'user' },
      { kind: 'text', text: ' ' },
    ]);
  });

  it('refuses unknown names and unfinished quotes', () => {
    for (const [sql, message] of [
      ['@usr', /`@usr`/u],
      ['@attr(region)', /@attr\('…'\)/u],
      ["@attr('')", /@attr\('…'\)/u],
      ["'open", /closing '/u],
      ['"open', /closing "/u],
      ['$$open', /closing `\$\$`/u],
      ['/* open', /closing `\*\/`/u],
      ['a = $1', /`\$`/u],
      ['a\0', /zero/u],
    ] as const) {
      assert.throws(() => tokens(sql), { name: 'Problem', code: 'invalid', message });
    }
    assert.throws(() => tokens('@usr'), { hint: 'did you mean `user`?' });
  });

  it('throws nothing but problems on any text', () => {
    const parts = fc.constantFrom(
      "'",
      '"',
      '$$',
      '$a$',
      '@',
      '@user',
      '--',
      '/*',
      '*/',
      '\n',
      'E',
      '\\',
      'x',
      ' ',
      '1',
      '(',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (some) => {
        try {
          tokens(some.join(''));
        } catch (thrown) {
          assert.ok(thrown instanceof Problem);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
