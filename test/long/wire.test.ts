import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { createLog } from '#platform/telemetry';
import {
  person,
  selfSigned,
  startTestGateway,
  type TestGateway,
  verifierFor,
} from '../../src/plane/gateway/testgateway.ts';
import { fixtureText, policyText } from '../attempts/attempt.ts';
import { dice } from '../interference/query.ts';
import { openStand, type Stand } from '../stand/stand.ts';
import { message } from '../stand/wire.ts';
import {
  cancelRequest,
  gssRequest,
  int32,
  mangle,
  packet,
  saslFirst,
  saslNext,
  sslRequest,
  startup,
  texts,
} from '../wire/mutation.ts';
import { attack, attackFromInside, type Attacker, type Seen } from '../wire/socket.ts';

const SEED = Number(process.env['WIRE_SEED'] ?? 20261121);
const BATCHES = Number(process.env['WIRE_BATCHES'] ?? 12);
/** Connections at once, and cases one after the other on each in a batch. */
const ABREAST = 16;
const BEFORE_LOGIN = 12;
const AFTER_LOGIN = 6;
const CANARY = /CANARY|7731\d{4}|1931-|771-3\d-/u;
/** AuthenticationOk: `R`, length 8, 0 (PostgreSQL manual, Message Formats). */
const LET_IN = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
/** ReadyForQuery outside a transaction, in one, and in a failed one. */
const READY = ['I', 'T', 'E'].map((status) => message('Z', Buffer.from(status)));
const VICTIMS = Array.from({ length: 40 }, (_, i) => `victim${i}`);

let stand: Stand;
let goodLogins = 0;
const lines: string[] = [];
const port = () => stand.gateway.address.port;

before(async () => {
  stand = await openStand({
    mode: 'splice',
    systems: { shopdb: fixtureText() },
    policy: policyText(),
    people: {
      mallory: { region: ['EU'] },
      ...Object.fromEntries(VICTIMS.map((name) => [name, {}])),
    },
    certificate: await selfSigned(),
    settings: { loginSecondsMax: 5 },
    log: createLog({ name: 'wire', sink: { write: (line) => void lines.push(line) } }),
  });
});
after(() => stand.stop());

const loginLeaves = () => stand.leaves.filter(({ kind }) => kind === 'login').length;

/** After whatever happened: a person with a password comes in and is answered, and nobody else came in. */
async function assertUnharmed(): Promise<void> {
  const { password } = stand;
  const door = { host: '127.0.0.1', port: port(), user: 'mallory', database: 'shopdb', password };
  const client = new Client(door);
  await client.connect();
  goodLogins++;
  assert.equal((await client.query('select id from shop.customers')).rowCount, 6);
  await client.end();
  assert.equal(loginLeaves(), goodLogins, 'somebody came in');
  assert.deepEqual(
    lines.filter((line) => /"code":"internal"/u.test(line) || CANARY.test(line)),
    [],
  );
}

function assertOutside({ bytes }: Seen): void {
  assert.ok(!bytes.includes(LET_IN), 'let in without the password');
  assert.doesNotMatch(bytes.toString('latin1'), CANARY);
}

const person0 = { user: 'victim0', database: 'shopdb' };

/** Sends the parts in turn, each after the answer to the one before; the last thing said must be an error, then the end. */
async function refused(parts: readonly Buffer[], from = '127.0.9.1'): Promise<Seen> {
  const attacker = attack(port(), from);
  let last: Seen = { bytes: Buffer.alloc(0), ended: false };
  for (const part of parts) {
    attacker.send(part);
    last = await attacker.seen();
    assertOutside(last);
  }
  assertOutside(await attacker.finish());
  await assertUnharmed();
  return last;
}

describe(`hostile log-ins (seed ${SEED})`, () => {
  const first = saslFirst('n,,n=,r=abc');

  test('CVE-2026-107350: a second StartupMessage during SCRAM is not another user', async () => {
    for (const parts of [
      [startup(person0), startup({ user: 'mallory', database: 'shopdb' })],
      [startup(person0), first, startup({ user: 'mallory', database: 'shopdb' })],
      [startup(person0), first, startup(person0), saslNext('c=biws,r=abc,p=AAAA')],
    ]) {
      const { bytes, ended } = await refused(parts);
      assert.ok(ended || bytes[0] === 0x45);
    }
  });

  test('CVE-2026-107349: an empty option name is refused, not looped on', async () => {
    for (const options of ['-c =x', '-c', '--=', '-c ""=1', '\\', '- - -', '-c '.repeat(2_000)]) {
      const { bytes } = await refused([startup({ ...person0, options })]);
      assert.ok(bytes[0] === 0x52 || bytes[0] === 0x45, 'asked for the password, or refused');
      const door = { host: '127.0.0.1', port: port(), user: 'mallory', database: 'shopdb' };
      const client = new Client({ ...door, password: stand.password, options });
      client.on('error', () => {});
      const outcome = await client.connect().then(
        () => 'in',
        () => 'refused',
      );
      await client.end();
      assert.equal(outcome, options === '\\' ? 'in' : 'refused', options.slice(0, 20));
      // The password was right, so a leaf may say who came.
      goodLogins = loginLeaves();
    }
  });

  test('CVE-2026-107348: a length above 2^31 is refused before anything is kept', async () => {
    for (const length of [0x80000000, 0xffffffff, 0x7fffffff, 0x80000008]) {
      const lie = int32(length);
      await refused([Buffer.concat([lie, int32(3 << 16)])]);
      await refused([
        startup(person0),
        Buffer.concat([Buffer.from('p'), lie, texts('SCRAM-SHA-256')]),
      ]);
      await refused([startup(person0), first, Buffer.concat([Buffer.from('p'), lie])]);
      const inside = await attackFromInside(goodDoor());
      inside.send(Buffer.concat([Buffer.from('Q'), lie, texts('select 1')]));
      assert.equal((await inside.seen()).bytes[0], 0x45);
      await inside.finish();
    }
  });

  test('CVE-2021-3935: what came in plain before TLS is never read', async () => {
    for (const behind of [startup(person0), Buffer.from([0x16, 3, 1]), packet(int32(3 << 16))]) {
      const { bytes } = await refused([Buffer.concat([sslRequest, behind])]);
      assert.ok(!bytes.includes('SCRAM'), 'no authentication request behind plain bytes');
    }
  });

  test('requests that come twice, out of order or ahead of the answer end the connection', async () => {
    const out = saslNext('c=biws,r=abc,p=AAAA');
    await refused([gssRequest, gssRequest]);
    await refused([gssRequest, sslRequest, startup(person0)]);
    await refused([Buffer.concat([startup(person0), first, out, message('Q', texts('select 1'))])]);
    await refused([startup(person0), message('Q', texts('select 1'))]);
    await refused([startup(person0), message('X', Buffer.alloc(0))]);
    await refused([cancelRequest]);
    await refused([startup({ ...person0, replication: 'database' })]);
    await refused([startup({ database: 'shopdb' })]);
  });

  test('bytes that are no conversation never let anybody in', async () => {
    const roll = dice(SEED);
    for (let batch = 0; batch < BATCHES; batch++) {
      const cases = Array.from({ length: ABREAST }, (_, lane) => ({
        name: VICTIMS[roll(VICTIMS.length)] ?? '',
        address: `127.1.${batch}.${lane + 1}`,
        bytes: Array.from({ length: BEFORE_LOGIN }, () => roll(2 ** 31)),
      }));
      await Promise.all(
        cases.map(async ({ name, address, bytes }) => {
          for (const seed of bytes) await attackOutside(name, address, seed);
        }),
      );
      await assertUnharmed();
    }
  });

  async function attackOutside(user: string, address: string, seed: number): Promise<void> {
    const roll = dice(seed);
    const begin = startup({ user, database: 'shopdb', application_name: 'wire' });
    const parts = [begin, first, saslNext('c=biws,r=abc,p=AAAA')];
    const whole = roll(4) === 0 ? [sslRequest, ...parts] : parts;
    const attacker = attack(port(), address);
    // A third goes on properly to some point, the rest is wrong from its first byte.
    if (roll(3) === 0) {
      attacker.send(begin);
      assertOutside(await attacker.seen());
      attacker.send(mangle(parts.slice(1), roll));
    } else {
      attacker.send(mangle(whole, roll));
    }
    assertOutside(await attacker.seen());
    assertOutside(await attacker.finish());
  }
});

function goodDoor() {
  goodLogins++;
  const { password } = stand;
  const host = '127.0.0.1';
  return { host, port: port(), user: 'mallory', password, database: 'shopdb', ca: null };
}

const SELECTS = [
  'select name, contact from shop.customers',
  'select * from secret.payroll',
  'select salary::text::int from shop.customers',
  'declare c cursor for select name from shop.customers',
  'fetch all from c',
  "set search_path = shop; select name from customers; select '",
  'copy (select name, contact from shop.customers) to stdout',
  'begin',
  'rollback',
  '',
];

describe(`messages of someone logged in (seed ${SEED})`, () => {
  test('no order, cut or lie shows a canary, hangs or harms others', async (context) => {
    const roll = dice(SEED + 1);
    let cases = 0;
    let answered = 0;
    for (let batch = 0; batch < BATCHES; batch++) {
      const seeds = Array.from({ length: ABREAST * AFTER_LOGIN }, () => roll(2 ** 31));
      const lanes = Array.from({ length: ABREAST }, (_, lane) =>
        seeds.filter((__, i) => i % ABREAST === lane),
      );
      await Promise.all(
        lanes.map(async (lane) => {
          for (const seed of lane) {
            if (await attackInside(await attackFromInside(goodDoor()), seed)) answered++;
          }
        }),
      );
      cases += seeds.length;
      await assertUnharmed();
    }
    context.diagnostic(`${cases} conversations, ${answered} answered before the first thing wrong`);
    assert.ok(answered > cases / 10, 'most of it was nonsense from the first byte');
  });

  async function attackInside(attacker: Attacker, seed: number): Promise<boolean> {
    const roll = dice(seed);
    let answered = false;
    for (let turn = 0; turn < 3; turn++) {
      attacker.send(mangle(conversation(roll), roll));
      const { bytes, ended } = await attacker.seen();
      assert.doesNotMatch(bytes.toString('latin1'), CANARY, `seed ${seed}`);
      answered ||= READY.some((end) => bytes.includes(end));
      if (ended) break;
    }
    assert.doesNotMatch((await attacker.finish()).bytes.toString('latin1'), CANARY);
    return answered;
  }

  function conversation(roll: (below: number) => number): Buffer[] {
    const sql = () => SELECTS[roll(SELECTS.length)] ?? '';
    const name = () => ['', 'a', 'c', 'privet_1'][roll(4)] ?? '';
    const bind = Buffer.concat([
      texts(name(), name()),
      Buffer.alloc(4),
      Buffer.from([0, 1, 0, roll(3)]),
    ]);
    const steps = [
      () => message('Q', texts(sql())),
      () => message('P', Buffer.concat([texts(name(), sql()), Buffer.alloc(2)])),
      () => message('B', bind),
      () => message('D', Buffer.concat([Buffer.from(roll(2) === 0 ? 'S' : 'P'), texts(name())])),
      () => message('E', Buffer.concat([texts(name()), int32(roll(3))])),
      () => message('C', Buffer.concat([Buffer.from(roll(2) === 0 ? 'S' : 'P'), texts(name())])),
      () => message('H', Buffer.alloc(0)),
      () => message('S', Buffer.alloc(0)),
      () => message('d', Buffer.from('1\t2\n')),
      () => message('F', Buffer.concat([int32(roll(3_000)), Buffer.alloc(6)])),
      () => startup(person0),
    ];
    const made = Array.from({ length: 2 + roll(6) }, () => steps[roll(steps.length)]?.());
    return [...made.flatMap((part) => part ?? []), message('S', Buffer.alloc(0))];
  }
});

describe('accounts that may not come in (CVE-2025-2291: a right password is not enough)', () => {
  let gate: TestGateway;
  before(async () => {
    gate = await startTestGateway();
  });
  after(() => gate.stop());

  const tryAs = async (user: string) => {
    const client = new Client({ connectionString: gate.url(user) });
    client.on('error', () => {});
    await client.connect();
    await client.end();
  };

  test('locked and disabled accounts and tokens past their day are refused with the right secret', async () => {
    const secret = decodeURIComponent(new URL(gate.url()).password);
    const token = (id: `tok_${string}`, expiresAtMs: number) => ({
      id,
      expiresAtMs,
      verifier: verifierFor(secret),
    });
    const tokens = [token('tok_old', Date.now() - 1), token('tok_new', Date.now() + 60_000)];
    const ada = { ...person('ada'), tokens };
    gate.change({ subjects: [ada] });
    await tryAs('ada');
    await tryAs('ada+tok_new');
    await assert.rejects(tryAs('ada+tok_old'), { code: '28P01' });
    for (const state of ['locked', 'disabled'] as const) {
      gate.change({ subjects: [{ ...ada, state }] });
      for (const user of ['ada', 'ada+tok_new'])
        await assert.rejects(tryAs(user), { code: '28000' });
    }
  });
});
