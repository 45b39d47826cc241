import { arrayCell, dayCell, instantCell, moneyCell } from './cell.ts';
import type { Row } from './cell.ts';
import { personNumber } from './checkdigit.ts';
import { ascii, bankAccount, birthMs, persona, phone } from './persona.ts';
import type { Table } from './table.ts';
import { DAY_MS, monthStart, regionOf, scatter, sizeOf, streamOf } from './world.ts';
import type { Region, World } from './world.ts';

const UNITS = ['Care', 'Laboratory', 'Warehouse', 'Web shop', 'Finance', 'People'] as const;
const SKILLS = [
  'first aid',
  'forklift',
  'payroll',
  'phlebotomy',
  'sql',
  'typing',
  'welding',
] as const;
const GRADES = ['junior', 'regular', 'regular', 'senior', 'senior', 'lead', 'head'] as const;
/** Payslips cover a year: thousands of people times twelve is enough to look at. */
const PAID_MONTHS = 12;
const PERSON_NUMBERS = 100_000_000;
const SALARY_CENTS = { low: 2_400_000, high: 18_000_000 } as const;

/** Rows of payroll, parents before children. */
export const PAYROLL: readonly Table[] = [
  { name: 'payroll.departments', rows: departments },
  { name: 'payroll.employees', rows: employees },
  { name: 'payroll.payslips', rows: payslips },
];

function costCentre(department: number): string {
  return `CC-${100 + department}`;
}

function* departments(world: World): Iterable<Row> {
  for (let id = 1; id <= sizeOf(world, 'departments'); id++) {
    const unit = UNITS[Math.floor((id - 1) / 3)] ?? UNITS[0];
    yield [`${id}`, `${unit} ${regionOf(id)}`, costCentre(id), regionOf(id)];
  }
}

type Pay = {
  readonly department: number;
  readonly region: Region;
  readonly salaryCents: number;
  readonly iban: string;
};

function payOf(world: World, employee: number): Pay {
  const random = streamOf(world, `payroll.employees/${employee}`);
  const department = random.between(1, sizeOf(world, 'departments'));
  const salaryCents = random.between(SALARY_CENTS.low / 1_200, SALARY_CENTS.high / 1_200) * 1_200;
  return { department, region: regionOf(department), salaryCents, iban: bankAccount(random) };
}

function* employees(world: World): Iterable<Row> {
  const random = streamOf(world, 'payroll.employees');
  for (let id = 1; id <= sizeOf(world, 'employees'); id++) {
    const pay = payOf(world, id);
    const person = persona(random, id);
    const [given = '', ...family] = person.fullName.split(' ');
    const contact = {
      name: persona(random, id).fullName,
      relation: 'partner',
      phone: phone(random, pay.region),
    };
    const hiredMs = Date.UTC(2008, 0, 1) + random.below(6_000) * DAY_MS;
    yield [
      `${id}`,
      `E${String(id).padStart(5, '0')}`,
      person.fullName,
      `${ascii(given)}.${ascii(family.join(''))}${id}@corp.example`,
      random.chance(70) ? person.email : null,
      random.chance(80) ? phone(random, pay.region) : null,
      personNumber(scatter(id, PERSON_NUMBERS)),
      dayCell(birthMs(random)),
      pay.iban,
      moneyCell(pay.salaryCents),
      random.pick(GRADES),
      `${pay.department}`,
      costCentre(pay.department),
      pay.region,
      id > 30 ? `${random.between(1, 30)}` : null,
      arrayCell(SKILLS.filter(() => random.chance(20))),
      random.chance(60) ? JSON.stringify(contact) : null,
      dayCell(hiredMs),
      random.chance(8) ? dayCell(hiredMs + random.between(90, 900) * DAY_MS) : null,
    ];
  }
}

function* payslips(world: World): Iterable<Row> {
  for (let employee = 1; employee <= sizeOf(world, 'employees'); employee++) {
    const pay = payOf(world, employee);
    const gross = pay.salaryCents / 12;
    const tax = Math.round(gross * 0.31);
    for (let before = PAID_MONTHS; before >= 1; before--) {
      const start = monthStart(world, before);
      const paidAt = instantCell(start + 24 * DAY_MS);
      const amounts = [gross, tax, gross - tax].map((cents) => moneyCell(cents));
      yield [`${employee}`, dayCell(start), ...amounts, pay.iban, pay.region, paidAt];
    }
  }
}
