import { arrayCell, bytesCell, dayCell, instantCell, moneyCell } from './cell.ts';
import type { Row } from './cell.ts';
import { patientOf } from './patient.ts';
import {
  address,
  bankAccount,
  birthMs,
  card,
  neverIssuedSsn,
  persona,
  phone,
  residence,
} from './persona.ts';
import { orderNote } from './prose.ts';
import type { Table } from './table.ts';
import { DAY_MS, eventMs, regionOf, sizeOf, streamOf, uuidOf } from './world.ts';
import type { Region, World } from './world.ts';

const THINGS = ['Lamp', 'Chair', 'Kettle', 'Rug', 'Clock', 'Mirror', 'Shelf', 'Vase'] as const;
const COLOURS = ['red', 'green', 'blue', 'black', 'white'] as const;
const TAGS = ['new', 'sale', 'fragile', 'bulky', 'gift'] as const;
const SIGNALS = [
  'many cards on one device',
  'address mismatch',
  'night order',
  'velocity',
  'proxy',
] as const;
const LOYALTY = ['none', 'none', 'none', 'bronze', 'silver', 'gold'] as const;
const STATUS = [
  'placed',
  'paid',
  'shipped',
  'shipped',
  'shipped',
  'returned',
  'cancelled',
] as const;
/** Every fourth customer is a patient of the clinic too: the overlap a masked join finds, in every region. */
const PATIENT_EVERY = 4;

/** Rows of the shop, parents before children. */
export const ORDERS: readonly Table[] = [
  { name: 'orders.products', rows: products },
  { name: 'orders.customers', rows: customers },
  { name: 'orders.payment_cards', rows: paymentCards },
  { name: 'orders.orders', rows: placedOrders },
  { name: 'orders.order_lines', rows: orderLines },
  { name: 'orders.fraud_signals', rows: fraudSignals },
];

type Line = { readonly product: number; readonly quantity: number };

function sku(product: number): string {
  return `SKU-${String(product).padStart(4, '0')}`;
}

function priceCents(product: number): number {
  return 500 + ((product * 7_919) % 45_000);
}

function* products(world: World): Iterable<Row> {
  const random = streamOf(world, 'orders.products');
  for (let id = 1; id <= sizeOf(world, 'products'); id++) {
    const colour = random.pick(COLOURS);
    const attributes = { colour, size: { w: random.between(5, 90), h: random.between(5, 90) } };
    const name = `${random.pick(THINGS)} ${colour}`;
    const tags = arrayCell(TAGS.filter(() => random.chance(25)));
    const tax = random.pick(['7.00', '19.00', '0.00']);
    yield [sku(id), name, moneyCell(priceCents(id)), tax, tags, JSON.stringify(attributes)];
  }
}

function* customers(world: World): Iterable<Row> {
  const random = streamOf(world, 'orders.customers');
  const patients = sizeOf(world, 'patients');
  for (let id = 1; id <= sizeOf(world, 'customers'); id++) {
    const region = homeOf(id);
    const isPatient = id % PATIENT_EVERY === 0 && id <= patients;
    const person = isPatient ? patientOf(world, id) : persona(random, id);
    yield [
      uuidOf(world, 'customer', id),
      person.fullName,
      person.email,
      random.chance(85) ? phone(random, region) : null,
      isPatient ? neverIssuedSsn(id) : null,
      random.chance(70) ? dayCell(birthMs(random)) : null,
      region,
      random.pick(LOYALTY),
      JSON.stringify(residence(random, region)),
      random.chance(90) ? address(random) : null,
      instantCell(eventMs(world, random)),
    ];
  }
}

function* paymentCards(world: World): Iterable<Row> {
  const random = streamOf(world, 'orders.payment_cards');
  for (let id = 1; id <= sizeOf(world, 'cards'); id++) {
    const customer = random.between(1, sizeOf(world, 'customers'));
    const { brand, number } = card(random);
    const expires = dayCell(world.anchorMs + random.between(-200, 1_500) * DAY_MS);
    yield [
      `${id}`,
      uuidOf(world, 'customer', customer),
      persona(random, id).fullName.toUpperCase(),
      number,
      brand,
      expires,
      random.chance(35) ? bankAccount(random) : null,
      homeOf(customer),
    ];
  }
}

/** The lines of an order, from its number alone, so that the order's total and its lines agree. */
function linesOf(world: World, order: number): readonly Line[] {
  const random = streamOf(world, `orders.lines/${order}`);
  return Array.from({ length: random.between(1, 3) }, () => ({
    product: random.between(1, sizeOf(world, 'products')),
    quantity: random.between(1, 4),
  }));
}

/** Where a customer lives: those who are patients live where the patient does. */
function homeOf(customer: number): Region {
  return regionOf(customer + 1);
}

function customerOf(world: World, order: number): number {
  return streamOf(world, `orders.customer/${order}`).between(1, sizeOf(world, 'customers'));
}

function* placedOrders(world: World): Iterable<Row> {
  const random = streamOf(world, 'orders.orders');
  for (let id = 1; id <= sizeOf(world, 'orders'); id++) {
    const customer = customerOf(world, id);
    const region = homeOf(customer);
    const cents = linesOf(world, id).reduce(
      (sum, line) => sum + priceCents(line.product) * line.quantity,
      0,
    );
    yield [
      `${id}`,
      uuidOf(world, 'customer', customer),
      region,
      instantCell(eventMs(world, random)),
      random.pick(STATUS),
      moneyCell(cents),
      address(random),
      JSON.stringify(residence(random, region)),
      orderNote(random, phone(random, region)),
    ];
  }
}

function* orderLines(world: World): Iterable<Row> {
  for (let order = 1; order <= sizeOf(world, 'orders'); order++) {
    for (const [index, line] of linesOf(world, order).entries()) {
      const price = moneyCell(priceCents(line.product));
      yield [`${order}`, `${index + 1}`, sku(line.product), `${line.quantity}`, price];
    }
  }
}

function* fraudSignals(world: World): Iterable<Row> {
  const random = streamOf(world, 'orders.fraud_signals');
  const step = Math.floor(sizeOf(world, 'orders') / sizeOf(world, 'signals'));
  for (let index = 1; index <= sizeOf(world, 'signals'); index++) {
    const order = index * step;
    yield [
      `${order}`,
      homeOf(customerOf(world, order)),
      (random.below(10_000) / 10_000).toString(),
      arrayCell(SIGNALS.filter(() => random.chance(40))),
      uuidOf(world, 'device', random.below(400)),
      bytesCell(random.hex(32)),
      instantCell(eventMs(world, random)),
    ];
  }
}
