import { arrayCell, bytesCell, dayCell, instantCell, moneyCell } from './cell.ts';
import type { Row } from './cell.ts';
import { patientOf } from './patient.ts';
import { address, birthMs, neverIssuedSsn, persona, residence } from './persona.ts';
import { clinicalNote, DIAGNOSES } from './prose.ts';
import type { Random } from './random.ts';
import type { Table } from './table.ts';
import { DAY_MS, eventMs, regionOf, sizeOf, streamOf, uuidOf } from './world.ts';
import type { World } from './world.ts';

const SPECIALITIES = [
  'cardiology',
  'general',
  'oncology',
  'paediatrics',
  'psychiatry',
  'surgery',
] as const;
const ALLERGIES = ['penicillin', 'nuts', 'latex', 'pollen', 'shellfish'] as const;
const INSURERS = ['Example Mutual', 'Sample Health', 'Placeholder Care'] as const;
const TESTS = [
  { test: 'HbA1c', unit: '%', low: 4_500, high: 11_000 },
  { test: 'LDL', unit: 'mmol/l', low: 1_200, high: 6_500 },
  { test: 'TSH', unit: 'mU/l', low: 200, high: 9_000 },
  { test: 'CRP', unit: 'mg/l', low: 100, high: 90_000 },
] as const;
const PURPOSES = ['care', 'billing', 'research'] as const;

/** Rows of the clinic, parents before children. */
export const CLINIC: readonly Table[] = [
  { name: 'clinic.sites', rows: sites },
  { name: 'clinic.clinicians', rows: clinicians },
  { name: 'clinic.diagnoses', rows: diagnoses },
  { name: 'clinic.patients', rows: patients },
  { name: 'clinic.visits', rows: visits },
  { name: 'clinic.lab_results', rows: labResults },
  { name: 'clinic.consents', rows: consents },
];

function* sites(world: World): Iterable<Row> {
  const random = streamOf(world, 'clinic.sites');
  for (let id = 1; id <= sizeOf(world, 'sites'); id++) {
    const place = residence(random, regionOf(id));
    const opened = dayCell(Date.UTC(1990, 0, 1) + random.below(10_000) * DAY_MS);
    yield [
      `${id}`,
      `Clinic ${id}`,
      regionOf(id),
      String(place['city']),
      opened,
      `192.0.2.${id}/32`,
    ];
  }
}

function* clinicians(world: World): Iterable<Row> {
  const random = streamOf(world, 'clinic.clinicians');
  for (let id = 1; id <= sizeOf(world, 'clinicians'); id++) {
    const person = persona(random, id);
    const site = random.between(1, sizeOf(world, 'sites'));
    const skills = [...new Set([random.pick(SPECIALITIES), random.pick(SPECIALITIES)])];
    yield [`${id}`, `Dr ${person.fullName}`, person.email, `${site}`, arrayCell(skills)];
  }
}

function* diagnoses(): Iterable<Row> {
  for (const { code, label } of DIAGNOSES) yield [code, label];
}

function* patients(world: World): Iterable<Row> {
  const random = streamOf(world, 'clinic.patients');
  for (let id = 1; id <= sizeOf(world, 'patients'); id++) {
    const facts = patientOf(world, id);
    const place = JSON.stringify(residence(random, facts.region));
    yield [
      `${id}`,
      uuidOf(world, 'patient', id),
      facts.fullName,
      random.chance(92) ? facts.email : null,
      random.chance(88) ? facts.phone : null,
      neverIssuedSsn(id),
      dayCell(birthMs(random)),
      random.pick(['female', 'male', 'female', 'male', 'female', 'male', 'other', 'unknown']),
      facts.region,
      `${facts.site}`,
      place,
      arrayCell(ALLERGIES.filter(() => random.chance(12))),
      random.chance(80) ? random.pick(INSURERS) : null,
      random.chance(10) ? bytesCell(`ffd8ffe0${random.hex(28)}`) : null,
      instantCell(eventMs(world, random)),
    ];
  }
}

function* visits(world: World): Iterable<Row> {
  const random = streamOf(world, 'clinic.visits');
  for (let id = 1; id <= sizeOf(world, 'visits'); id++) {
    const patient = random.between(1, sizeOf(world, 'patients'));
    const facts = patientOf(world, patient);
    const { code, label } = random.pick(DIAGNOSES);
    yield [
      `${id}`,
      `${patient}`,
      `${random.between(1, sizeOf(world, 'clinicians'))}`,
      `${facts.site}`,
      facts.region,
      instantCell(eventMs(world, random)),
      random.pick(['routine', 'routine', 'routine', 'soon', 'soon', 'emergency']),
      code,
      label,
      random.chance(90) ? clinicalNote(random, { ...facts, label }) : null,
      vitals(random),
      moneyCell(random.between(2_500, 180_000)),
      random.chance(60) ? address(random) : null,
    ];
  }
}

function vitals(random: Random): string {
  return JSON.stringify({
    pulse: random.between(48, 128),
    pressure: { systolic: random.between(95, 185), diastolic: random.between(55, 110) },
    weight_kg: random.between(45, 130),
    tags: random.chance(10) ? ['recheck'] : [],
  });
}

function* labResults(world: World): Iterable<Row> {
  const random = streamOf(world, 'clinic.lab_results');
  for (let index = 1; index <= sizeOf(world, 'labResults'); index++) {
    const patient = random.between(1, sizeOf(world, 'patients'));
    const { test, unit, low, high } = random.pick(TESTS);
    const thousandths = random.between(low, high);
    yield [
      uuidOf(world, 'lab', index),
      `${patient}`,
      patientOf(world, patient).region,
      test,
      random.chance(98) ? (thousandths / 1_000).toFixed(3) : null,
      unit,
      thousandths > (low + high) / 2 ? 't' : 'f',
      random.chance(30) ? bytesCell(random.hex(24)) : null,
      instantCell(eventMs(world, random)),
    ];
  }
}

function* consents(world: World): Iterable<Row> {
  const random = streamOf(world, 'clinic.consents');
  for (let patient = 1; patient <= sizeOf(world, 'patients'); patient++) {
    const purpose = random.pick(PURPOSES);
    const given = purpose === 'care' || random.chance(60) ? 't' : 'f';
    yield [`${patient}`, purpose, given, instantCell(eventMs(world, random))];
  }
}
