import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PRIVET_DEFAULTS, score } from '#engines/stats';
import { added, figuresOf, NOTHING, readNab, tally } from '../../bench/anomalies/nab.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const nab = readNab(join(dirname(root), 'shared/data/nab'));

test('score finds what the half of NAB holds that it was not tuned on, as docs/benchmarks.md says', (t) => {
  if (nab === null) {
    t.skip('no NAB data in ../shared/data/nab');
    return;
  }
  const figures = figuresOf(
    nab
      .filter((_, index) => index % 2 === 1)
      .map((each) =>
        tally(
          each,
          score(each.series, PRIVET_DEFAULTS).map(({ kind }) => kind === 'anomalous'),
        ),
      )
      .reduce(added, NOTHING),
  );
  assert.ok(figures.f1 > 0.55 && figures.falsePerThousand < 1.3, JSON.stringify(figures));
});
