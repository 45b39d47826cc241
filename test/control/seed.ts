import { enrolPlane } from '#control/identity';
import type { TestApi } from './apiserver.ts';
import type { TestOffice } from './office.ts';

const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  patients: { id: 'bigint', full_name: 'text', email: 'text', ssn: 'text', region: 'text' },
  visits: { id: 'bigint', patient_id: 'bigint', seen_at: 'timestamp with time zone' },
};

/** Enrols plane `main` and lets it report the dictionary of a small clinic; gives the plane's token. */
export async function seedPlane(office: TestOffice, api: TestApi): Promise<string> {
  const token = await office.does((work) =>
    enrolPlane(work, { name: 'main', url: 'https://127.0.0.1:1', region: 'here' }),
  );
  const relations = Object.entries(TABLES).map(([name, columns]) => ({
    schema: 'clinic',
    name,
    relation: 'table',
    description: name === 'patients' ? 'people we care for' : '',
    parents: [],
    primaryKey: ['id'],
    foreignKeys:
      name === 'visits'
        ? [{ columns: ['patient_id'], schema: 'clinic', name: 'patients', references: ['id'] }]
        : [],
    columns: Object.entries(columns).map(([column, type]) => ({
      name: column,
      type,
      notNull: column === 'id',
      description: '',
    })),
  }));
  const fact = {
    format: 'privet-fact/v1',
    kind: 'dictionary',
    plane: 'main',
    number: 1,
    timeMs: office.clock(),
    system: { id: `sys_${'0'.repeat(26)}`, name: 'demo' },
    registeredBy: `sub_${'0'.repeat(26)}`,
    registeredAtMs: office.clock(),
    version: 1,
    state: 'present',
    mode: 'hardened',
    engine: 'postgresql',
    serverVersion: 180_004,
    digest: 'ab'.repeat(32),
    part: 1,
    parts: 1,
    relations,
  };
  const body = { facts: [fact] };
  const { status } = await api.ask(token, { method: 'POST', path: '/planes/main/facts', body });
  if (status !== 200) throw new Error(`the dictionary was answered with ${status}`);
  return token;
}
