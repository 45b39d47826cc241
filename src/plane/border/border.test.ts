import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { manualClock } from '#base/clock';
import type { ManualClock } from '#base/clock';
import { Problem, problemFrom } from '#base/problem';
import { secret } from '#base/secret';
import { checkFacts, openPull, signBundle, signPull } from '#boundary';
import type { Act, Bundle, Fact, FactBody, SignedBundle } from '#boundary';
import { migrate, transaction } from '#platform/db';
import type { Pool } from '#platform/db';
import { closeServer, createHttpServer, listen } from '#platform/http';
import type { HttpServer } from '#platform/http';
import { openKeyring } from '#plane/keys';
import { openLedger } from '#plane/ledger';
import { openFileProvider } from '#platform/kms';
import type { Ledger } from '#plane/ledger';
import { createAuthority, issueCertificate } from '#platform/http/authority';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openBorder, verifierOf } from './mod.ts';
import type { Border } from './mod.ts';

const ID = '0123456789abcdefghjkmnpqrs';
const PLANE = 'plane-1';
const DAY_MS = 24 * 60 * 60 * 1000;
const START_MS = 1_800_000_000_000;
const MIGRATIONS = new URL('../migrations/', import.meta.url);

const keys = generateKeyPairSync('ed25519');
const publicKey = keys.publicKey.export({ format: 'jwk' }).x ?? '';
const key = {
  kid: 'k1',
  sign: async (message: Uint8Array) => new Uint8Array(sign(null, message, keys.privateKey)),
};

function bundleOf(serial: number, changes: Partial<Bundle> = {}): Bundle {
  return {
    format: 'privet-bundle/v1',
    plane: PLANE,
    serial,
    issuedAtMs: START_MS,
    expiresAtMs: START_MS + DAY_MS,
    subjects: [],
    policies: [],
    projects: [],
    purposes: [],
    sources: [],
    roles: [],
    accounts: [],
    identityKeys: [],
    acts: [],
    ...changes,
  };
}

function actOf(number: number): Act {
  return {
    number,
    timeMs: START_MS,
    actor: `sub_${ID}`,
    action: 'policy-applied',
    target: `policy ${number}`,
    after: null,
  };
}

/** A control plane that speaks the two calls over real TLS: it serves one bundle at a time and keeps what it is sent. */
class Control {
  bundle: unknown = null;
  facts: Fact[] = [];
  refuse: ((facts: readonly Fact[]) => Problem | null) | null = null;
  requests = 0;
  acceptedThrough: number | null = null;
  waiting = new Set<() => void>();
  asking: AbortController | null = null;
  askedAtMs = 0;
  origin = '';
  authorityPem = '';
  server: HttpServer | undefined;

  async start(): Promise<void> {
    const authority = await createAuthority({ name: 'test', nowMs: Date.now() });
    const issued = await issueCertificate(authority, {
      name: 'control',
      nowMs: Date.now(),
      hosts: ['127.0.0.1'],
    });
    this.authorityPem = authority.certificatePem;
    const certificate = { chainPem: issued.certificatePem, keyPem: issued.keyPem };
    const server = await createHttpServer({
      title: 'Control',
      version: '1',
      certificate,
      requestId: () => 'req',
      requestsPerMinuteMax: 100_000,
    });
    this.server = server;
    server.get<{ Querystring: { after: string } }>(
      `/api/v1/planes/${PLANE}/bundle`,
      async (request, reply) => {
        assert.equal(request.headers.authorization, 'Bearer plane-token');
        const newer = () => this.serial() > Number(request.query.after);
        if (!newer()) await this.poll();
        return newer() ? this.bundle : reply.status(204).send();
      },
    );
    server.post(`/api/v1/planes/${PLANE}/facts`, async (request) => {
      this.requests += 1;
      const { facts } = checkFacts(request.body);
      const problem = this.refuse?.(facts) ?? null;
      if (problem !== null) throw problem;
      this.facts.push(...facts);
      return { acceptedThrough: this.acceptedThrough ?? facts.at(-1)?.number ?? 0 };
    });
    this.origin = `https://127.0.0.1:${await listen(server, { host: '127.0.0.1', port: 0 })}`;
  }

  private serial(): number {
    const signed = this.bundle as { payload: string } | null;
    if (signed === null) return 0;
    return (JSON.parse(signed.payload) as { serial: number }).serial;
  }

  private poll(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(), 1_500);
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve();
      };
      this.waiting.add(end);
    });
  }

  serve(signed: unknown): void {
    this.bundle = signed;
    for (const end of this.waiting) end();
  }

  /** What control does where planes call nobody (control/api/puller.ts), straight at the border. */
  ask(border: Border<unknown>, clock: () => number, onFault: (problem: Problem) => void): void {
    this.asking?.abort();
    const stopped = (this.asking = new AbortController());
    let [serial, single, refusedThrough] = [0, false, 0];
    const turn = async () => {
      const { pulled } = border;
      assert.ok(pulled !== null);
      this.askedAtMs = Math.max(this.askedAtMs + 1, clock());
      const issuedAtMs = this.askedAtMs;
      const accepted = this.acceptedThrough ?? this.facts.at(-1)?.number ?? 0;
      const asked = { plane: PLANE, issuedAtMs, expiresAtMs: issuedAtMs + 60_000 };
      const factsMax = single ? 1 : 500;
      const refused = refusedThrough > accepted ? refusedThrough : 0;
      const token = await signPull(
        { ...asked, acceptedThrough: accepted, refusedThrough: refused, factsMax },
        key,
      );
      const bundle = this.serial() > serial ? JSON.stringify(this.bundle) : null;
      const answer = await pulled.answer(await pulled.admit(token), bundle);
      serial = answer.bundleSerial;
      const { facts } = checkFacts({ facts: answer.facts });
      const problem = this.refuse?.(facts) ?? null;
      if (problem?.code === 'invalid') {
        if (single) refusedThrough = facts[0]?.number ?? 0;
        single = facts.length > 1;
      } else if (problem === null) {
        const last = this.facts.at(-1)?.number ?? 0;
        this.facts.push(...facts.filter(({ number }) => number > last));
        single = false;
      }
    };
    void (async () => {
      while (!stopped.signal.aborted) {
        await turn().catch((thrown: unknown) => onFault(problemFrom(thrown)));
        await sleep(10);
      }
    })();
  }

  async stop(): Promise<void> {
    this.asking?.abort();
    for (const end of this.waiting) end();
    if (this.server !== undefined) await closeServer(this.server);
  }
}

let cluster: TestCluster;
let folder: string;
let runs = 0;
const stages: Stage[] = [];

before(async () => {
  cluster = await startTestCluster();
  folder = mkdtempSync(join(tmpdir(), 'privet-border-'));
});
after(async () => {
  for (const scene of stages) await scene.end();
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

/** Whether the plane calls control, or control asks the plane. */
type Mode = 'push' | 'pull';

type Stage = {
  readonly control: Control;
  readonly pool: Pool;
  readonly ledger: Ledger;
  readonly clock: ManualClock;
  readonly cacheFile: string;
  readonly keyFile: string;
  readonly faults: Problem[];
  open(): Promise<Border<{ serial: number }>>;
  end(): Promise<void>;
};

async function stage(mode: Mode): Promise<Stage> {
  const { pool } = await cluster.createDatabase();
  await migrate(pool, MIGRATIONS);
  const clock = manualClock(START_MS + 1_000);
  const home = join(folder, String(++runs));
  const ledger = await openLedger({ pool, plane: PLANE, clock, headFile: `${home}.head` });
  const control = new Control();
  await control.start();
  const faults: Problem[] = [];
  const { provider } = await openFileProvider({ path: `${home}.key`, create: true });
  const sealer = openKeyring({
    pool,
    provider,
    plane: PLANE,
    record: (leaf, tx) => (tx === null ? ledger.write(leaf) : ledger.append(tx, leaf)),
  });
  const cacheFile = `${home}.bundle`;
  const borders: Border<unknown>[] = [];
  const scene: Stage = {
    control,
    pool,
    ledger,
    clock,
    cacheFile,
    keyFile: `${home}.key`,
    faults,
    async open() {
      const { origin, authorityPem } = control;
      const border = await openBorder({
        pool,
        ledger,
        clock,
        cacheFile,
        sealer,
        plane: PLANE,
        jitter: () => 0,
        control:
          mode === 'pull'
            ? null
            : {
                origin,
                dispatcher: new Agent({ connect: { ca: authorityPem } }),
                token: secret('plane-token'),
              },
        verify: verifierOf([{ kid: 'k1', publicKey }]),
        prepare: (bundle) => {
          if (bundle.purposes.some((purpose) => purpose.name === 'unreadable')) {
            throw new Problem('invalid', 'policy cannot be read');
          }
          return { serial: bundle.serial };
        },
        onFault: (problem) => faults.push(problem),
      });
      borders.push(border);
      if (mode === 'pull') control.ask(border, clock, (problem) => faults.push(problem));
      return border;
    },
    async end() {
      await control.stop();
      await Promise.all(borders.map((border) => border.stop()));
      sealer.close();
      await ledger.close();
    },
  };
  stages.push(scene);
  return scene;
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await what())) {
    assert.ok(Date.now() < deadline, `waited in vain for ${what.toString()}`);
    await sleep(10);
  }
}

function serialOf(border: Border<{ serial: number }>): number {
  const state = border.current();
  return state.kind === 'none' ? 0 : state.prepared.serial;
}

const leaves = async (ledger: Ledger) =>
  (await ledger.read({ from: 0, limit: 1_000 })).map((stored) => stored.leaf);

for (const mode of ['push', 'pull'] as const) {
  describe(`facts and bundles by ${mode}`, () => {
    test('openBorder takes a bundle within a moment of its signing, tells listeners and writes its acts once', async () => {
      const scene = await stage(mode);
      const border = await scene.open();
      assert.deepEqual(border.current(), { kind: 'none' });
      const heard: number[] = [];
      border.subscribe((held) => heard.push(held.bundle.serial));
      scene.control.serve(await signBundle(bundleOf(3, { acts: [actOf(1), actOf(2)] }), key));
      border.start();
      await until(() => serialOf(border) === 3);
      const startedAt = Date.now();
      scene.control.serve(
        await signBundle(bundleOf(4, { acts: [actOf(1), actOf(2), actOf(5)] }), key),
      );
      await until(() => serialOf(border) === 4);
      assert.ok(Date.now() - startedAt < 1_000, 'a change must not wait for the next poll');
      assert.deepEqual(heard, [3, 4]);
      const said = (await leaves(scene.ledger)).flatMap((leaf) => {
        if (leaf.kind === 'bundle-accepted') return [`bundle ${leaf.serial}`];
        if (leaf.kind === 'policy-change') return [`act ${leaf.number}`];
        return leaf.kind === 'acts-missing' ? [`missing ${leaf.from}-${leaf.through}`] : [];
      });
      assert.deepEqual(said, ['bundle 3', 'act 1', 'act 2', 'bundle 4', 'missing 3-4', 'act 5']);
      assert.equal((await border.status()).actsThrough, 5);
    });

    test('openBorder decides from the bundle on disk while control is down, until it is too old', async () => {
      const scene = await stage(mode);
      const first = await scene.open();
      scene.control.serve(await signBundle(bundleOf(7, { acts: [actOf(1)] }), key));
      first.start();
      await until(() => serialOf(first) === 7);
      await first.stop();
      await scene.control.stop();
      assert.equal(statSync(scene.cacheFile).mode & 0o777, 0o600);
      const again = await scene.open();
      assert.equal(again.current().kind, 'fresh');
      assert.equal(serialOf(again), 7);
      scene.clock.advance(DAY_MS - 1_001);
      assert.equal(again.current().kind, 'fresh');
      scene.clock.advance(1);
      assert.equal(again.current().kind, 'stale');
      again.start();
      await until(async () =>
        (await leaves(scene.ledger)).some((leaf) => leaf.kind === 'bundle-stale'),
      );
      const accepted = (await leaves(scene.ledger)).filter(
        (leaf) => leaf.kind === 'bundle-accepted',
      );
      assert.equal(accepted.length, 1);
    });

    test('openBorder refuses bad bundles, keeps the good one, and says why in the ledger', async () => {
      const scene = await stage(mode);
      const border = await scene.open();
      const good = await signBundle(bundleOf(10), key);
      scene.control.serve(good);
      border.start();
      await until(() => serialOf(border) === 10);
      const purposes = [{ name: 'unreadable', description: '', statement: '' }];
      const flipped = (await signBundle(bundleOf(11), key)).payload.replace('"acts"', '"Acts"');
      const bad: [string, SignedBundle][] = [
        ['signature', { ...(await signBundle(bundleOf(12), key)), signature: good.signature }],
        ['signature', { ...good, payload: flipped }],
        ['signature', { ...(await signBundle(bundleOf(13), key)), kid: 'k2' }],
        ['plane', await signBundle(bundleOf(14, { plane: 'plane-2' }), key)],
        ['clock', await signBundle(bundleOf(15, { issuedAtMs: START_MS + 400_000 }), key)],
        ['policy', await signBundle(bundleOf(16, { purposes }), key)],
      ];
      for (const [i, [reason, signed]] of bad.entries()) {
        scene.control.serve(signed);
        await until(async () => {
          const refused = (await leaves(scene.ledger)).filter(
            (leaf) => leaf.kind === 'bundle-refused',
          );
          return refused.length === i + 1 && refused.at(-1)?.reason === reason;
        });
        assert.equal(serialOf(border), 10);
      }
      scene.control.serve(await signBundle(bundleOf(20), key));
      await until(() => serialOf(border) === 20);
      await border.stop();
      writeFileSync(scene.cacheFile, JSON.stringify(good));
      const rolledBack = await scene.open();
      assert.deepEqual(
        rolledBack.current(),
        { kind: 'none' },
        'an older bundle must not come back',
      );
      assert.match(scene.faults.at(-1)?.message ?? '', /expected serial 20 or higher, got 10/u);
      writeFileSync(scene.cacheFile, '{}');
      assert.deepEqual((await scene.open()).current(), { kind: 'none' });
    });

    const loginFact = (timeMs: number): FactBody<'login'> => ({
      kind: 'login',
      timeMs,
      door: 'gateway',
      outcome: 'accepted',
      method: 'scram',
      subject: `sub_${ID}`,
      reason: 'ok',
    });

    test('facts are stored before they are sent, in order, once, and survive control being away', async () => {
      const scene = await stage(mode);
      const border = await scene.open();
      scene.control.refuse = () => new Problem('unavailable', 'away');
      border.start();
      for (let i = 0; i < 1_200; i++) border.tell(loginFact(i));
      await until(async () => (await border.status()).outbox.waiting >= 1_200);
      assert.equal(scene.control.facts.length, 0);
      await border.stop();
      scene.control.refuse = null;
      const again = await scene.open();
      again.start();
      await until(() => scene.control.facts.length >= 1_200);
      const logins = scene.control.facts.filter((fact) => fact.kind === 'login');
      assert.deepEqual(
        logins.map((fact) => fact.timeMs),
        Array.from({ length: 1_200 }, (_, i) => i),
      );
      const numbers = scene.control.facts.map((fact) => fact.number);
      assert.deepEqual(
        numbers,
        Array.from({ length: numbers.length }, (_, i) => i + 1),
      );
      const heartbeat = scene.control.facts.find((fact) => fact.kind === 'heartbeat');
      assert.equal(heartbeat?.plane, PLANE);
      await until(async () => (await again.status()).outbox.waiting === 0);
      const sent = (await leaves(scene.ledger)).filter((leaf) => leaf.kind === 'facts-sent');
      assert.ok(sent.length >= 3);
      const entries = await again.outbox(1, 2_000);
      assert.ok(entries.every((entry) => entry.sentAtMs !== null && !entry.refused));
    });

    test('the customer holds facts, sees them, and lets them go', async () => {
      const scene = await stage(mode);
      const border = await scene.open();
      const ada = { kind: 'subject', id: `sub_${ID}` } as const;
      await assert.rejects(border.release(1, ada), /released in mode `approve`/u);
      await border.setMode('paused', ada);
      border.start();
      await transaction(scene.pool, (tx) => border.store(tx, [1, 2, 3].map(loginFact)));
      border.wake();
      await sleep(300);
      assert.deepEqual(scene.control.facts, []);
      const { last } = await border.setMode('approve', ada);
      assert.ok(last >= 3);
      await assert.rejects(border.release(last + 1_000, ada), /newest fact/u);
      await sleep(300);
      assert.deepEqual(scene.control.facts, []);
      await border.release(2, ada);
      await until(() => scene.control.facts.length === 2);
      await sleep(300);
      assert.deepEqual(
        scene.control.facts.map(({ number }) => number),
        [1, 2],
      );
      const stored = await leaves(scene.ledger);
      const released = stored.find((leaf) => leaf.kind === 'facts-released');
      const sent = stored.find((leaf) => leaf.kind === 'facts-sent');
      assert.ok(released?.kind === 'facts-released' && sent?.kind === 'facts-sent');
      assert.deepEqual([released.from, released.through, released.facts], [1, 2, 2]);
      assert.equal(released.digest, sent.digest);
      await border.setMode('open', ada);
      await until(() => scene.control.facts.length >= 3);
    });

    test('a fact that control will not take is set aside and does not block the others', async () => {
      const scene = await stage(mode);
      const border = await scene.open();
      scene.control.refuse = (facts) =>
        facts.some((fact) => fact.timeMs === 5) ? new Problem('invalid', 'no') : null;
      for (let i = 0; i < 10; i++) border.tell(loginFact(i));
      border.start();
      await until(() => scene.control.facts.filter((fact) => fact.kind === 'login').length === 9);
      await until(async () => (await border.outbox(1, 100)).some((entry) => entry.refused));
    });

    test('facts are kept when control has heard higher numbers under this name', async () => {
      const scene = await stage(mode);
      const border = await scene.open();
      scene.control.acceptedThrough = 10_000;
      border.start();
      border.tell(loginFact(1));
      await until(() => scene.faults.some((fault) => fault.code === 'conflict'));
      await until(async () => (await border.status()).outbox.waiting >= 1);
    });

    test('tell drops what is no fact, without throwing', async () => {
      const scene = await stage(mode);
      const border = await scene.open();
      border.tell({ ...loginFact(1), value: '123-45-6789' } as never);
      border.tell({ ...loginFact(1), reason: '123-45-6789' } as never);
      assert.equal(scene.faults.length, 2);
      assert.doesNotMatch(scene.faults.map((fault) => fault.message).join(), /123-45/u);
      border.start();
      await until(async () =>
        (await leaves(scene.ledger)).some((leaf) => leaf.kind === 'facts-dropped'),
      );
    });

    test('a bundle is in force also when no key is there to keep it with', async () => {
      const scene = await stage(mode);
      renameSync(scene.keyFile, `${scene.keyFile}.away`);
      const border = await scene.open();
      scene.control.serve(await signBundle(bundleOf(2), key));
      border.start();
      await until(() => serialOf(border) === 2);
      assert.equal(existsSync(scene.cacheFile), false);
      assert.equal(scene.faults[0]?.code, 'unavailable');
    });
  });
}

describe('a request of control', () => {
  const verify = verifierOf([{ kid: 'k1', publicKey }]);
  const body = {
    plane: PLANE,
    issuedAtMs: START_MS,
    expiresAtMs: START_MS + 60_000,
    acceptedThrough: 0,
    refusedThrough: 0,
    factsMax: 10,
  };
  const at = { plane: PLANE, nowMs: START_MS + 1, verify };

  test('openPull takes what signPull made, for its plane and its minute alone', async () => {
    const token = await signPull(body, key);
    assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/u);
    assert.equal(openPull(token, at).factsMax, 10);
    const [payload = '', kid = '', signature = ''] = token.split('.');
    const longer = await signPull({ ...body, expiresAtMs: START_MS + 60_001 }, key);
    const bad: readonly (readonly [string, Partial<typeof at>])[] = [
      [token, { nowMs: START_MS + 60_000 }],
      [token, { plane: 'plane-2' }],
      [token, { verify: verifierOf([]) }],
      [longer, {}],
      [[payload, 'k2', signature].join('.'), {}],
      [[payload, kid, `${signature.slice(0, -2)}AA`].join('.'), {}],
      [[Buffer.from('{}').toString('base64url'), kid, signature].join('.'), {}],
      ['', {}],
      ['a.b', {}],
      ['x'.repeat(5_000), {}],
    ];
    for (const [text, changes] of bad) {
      assert.throws(() => openPull(text, { ...at, ...changes }), { code: 'unauthenticated' }, text);
    }
  });

  test('is answered once, and not when it speaks of facts that were never given', async () => {
    const scene = await stage('pull');
    const border = await scene.open();
    scene.control.asking?.abort();
    const { pulled } = border;
    assert.ok(pulled !== null);
    const issuedAtMs = START_MS + 10_000;
    const ask = { ...body, issuedAtMs, expiresAtMs: issuedAtMs + 60_000 };
    const token = await signPull(ask, key);
    await pulled.admit(token);
    await assert.rejects(pulled.admit(token), { code: 'unauthenticated' });
    const older = await signPull({ ...ask, issuedAtMs: issuedAtMs - 1 }, key);
    await assert.rejects(pulled.admit(older), { code: 'unauthenticated' });
    const ahead = { issuedAtMs: START_MS + 900_000, expiresAtMs: START_MS + 950_000 };
    await assert.rejects(pulled.admit(await signPull({ ...ask, ...ahead }, key)), {
      code: 'unauthenticated',
    });
    const foreign = await signPull({ ...ask, issuedAtMs: issuedAtMs + 1, acceptedThrough: 7 }, key);
    await assert.rejects(pulled.answer(await pulled.admit(foreign), null), { code: 'conflict' });
  });
});

test('verifierOf refuses what is no key', () => {
  assert.throws(() => verifierOf([{ kid: 'x', publicKey: 'short' }]), { code: 'invalid' });
});

test('the cache file is the signed form, sealed, so that it is verified anew', async () => {
  const scene = await stage('push');
  const border = await scene.open();
  const signed = await signBundle(bundleOf(2), key);
  scene.control.serve(signed);
  border.start();
  await until(() => serialOf(border) === 2);
  const kept = readFileSync(scene.cacheFile);
  assert.equal(kept.toString('latin1', 0, 3), 'PVE');
  assert.ok(!kept.includes(Buffer.from(signed.payload.slice(0, 20))));
  await border.stop();
  assert.equal(serialOf(await scene.open()), 2);
  kept[200] = (kept[200] ?? 0) ^ 1;
  writeFileSync(scene.cacheFile, kept);
  assert.deepEqual((await scene.open()).current(), { kind: 'none' });
  const forged = { ...signed, payload: signed.payload.replace('"serial":2', '"serial":3') };
  writeFileSync(scene.cacheFile, JSON.stringify(forged));
  assert.deepEqual((await scene.open()).current(), { kind: 'none' });
});
