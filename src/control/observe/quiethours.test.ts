import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkQuietHours, quietUntil } from './quiethours.ts';
import type { QuietHours } from './quiethours.ts';

const NIGHT: QuietHours = { from: '22:00', until: '07:30', zone: 'Europe/Berlin', days: [] };
const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString();

test('quietUntil waits for the local morning, and leaves the day alone', () => {
  assert.equal(iso(quietUntil(NIGHT, at('2026-11-20T21:00:30Z'))), '2026-11-21T06:30:00.000Z');
  assert.equal(iso(quietUntil(NIGHT, at('2026-11-21T06:29:59Z'))), '2026-11-21T06:30:00.000Z');
  const noon = at('2026-11-21T12:34:56Z');
  assert.equal(quietUntil(NIGHT, noon), noon);
});

test('quietUntil keeps local time when clocks go back and forth', () => {
  assert.equal(iso(quietUntil(NIGHT, at('2026-10-24T22:00:00Z'))), '2026-10-25T06:30:00.000Z');
  assert.equal(iso(quietUntil(NIGHT, at('2026-03-28T23:00:00Z'))), '2026-03-29T05:30:00.000Z');
});

test('quietUntil joins days that touch: a quiet weekend is one', () => {
  const weekend = { from: '00:00', until: '23:59', zone: 'UTC', days: [6, 7] };
  assert.equal(iso(quietUntil(weekend, at('2026-11-21T10:07:00Z'))), '2026-11-22T23:59:00.000Z');
  const nights = { from: '18:00', until: '09:00', zone: 'UTC', days: [5] };
  assert.equal(iso(quietUntil(nights, at('2026-11-20T20:00:00Z'))), '2026-11-21T09:00:00.000Z');
  const saturday = at('2026-11-21T20:00:00Z');
  assert.equal(quietUntil(nights, saturday), saturday);
});

test('checkQuietHours refuses hours and zones there are none of', () => {
  for (const wrong of [
    { from: '24:00' },
    { until: '7:00' },
    { until: '22:00' },
    { zone: 'Mars' },
  ]) {
    assert.throws(() => checkQuietHours({ ...NIGHT, ...wrong }), { code: 'invalid' });
  }
});
