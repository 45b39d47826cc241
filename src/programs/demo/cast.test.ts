import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { marksBySource, readCast, readMarkings } from './cast.ts';

const folder = new URL('../../../examples/demo/', import.meta.url);
const cast = readCast(readFileSync(new URL('people.yaml', folder), 'utf8'));
const markings = readMarkings(readFileSync(new URL('tags.yaml', folder), 'utf8'));

test('readCast reads the people of the demo, whose groups all exist', () => {
  const groups = new Set(cast.groups.map((group) => group.name));
  const used = [...cast.people, ...cast.services].flatMap((subject) => subject.groups);
  assert.deepEqual(
    used.filter((name) => !groups.has(name)),
    [],
  );
  assert.deepEqual(
    new Set(cast.people.flatMap((person) => person.permissions)),
    new Set(['governor', 'data-owner', 'auditor', 'operator']),
  );
});

test('readCast refuses what it does not know', () => {
  assert.throws(() => readCast('groups: []\npeople: []\nservices: []\nmembers: []\nextra: 1'), {
    code: 'invalid',
  });
});

test('readMarkings names every tag it uses', () => {
  const known = new Set(markings.tags.map((tag) => tag.name));
  const used = [...Object.values(markings.sources).flat(), ...Object.keys(markings.columns)];
  assert.deepEqual(
    used.filter((tag) => !known.has(tag)),
    [],
  );
});

test('marksBySource loses no column', () => {
  const placed = marksBySource(markings).flatMap((source) =>
    Object.entries(source.columns).flatMap(([column, tags]) =>
      tags.map((tag) => `${tag} ${source.schema}.${source.name}.${column}`),
    ),
  );
  const written = Object.entries(markings.columns).flatMap(([tag, places]) =>
    places.map((place) => `${tag} ${place}`),
  );
  assert.deepEqual(placed.sort(), written.sort());
});

test('marksBySource refuses a place without three parts', () => {
  assert.throws(() => marksBySource({ ...markings, columns: { Region: ['clinic.region'] } }), {
    code: 'invalid',
  });
});
