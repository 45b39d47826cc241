import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { createFramer } from './framer.ts';
import {
  loginFraming,
  type LoginPort,
  type LoginState,
  opening,
  secured,
  stepLogin,
} from './login.ts';
import {
  type ChannelBinding,
  clientKeyLabel,
  type ScramVerifier,
  serverKeyLabel,
} from './scram.ts';
import { checkServer, proveScram, type ScramClientHashes, startScram } from './scramclient.ts';
import { encodePassword } from './frontend.ts';
import { encodeSslRequest, encodeStartup } from './startup.ts';
import { int32, message, packet } from './writer.ts';

const hashes: ScramClientHashes = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  hmac: (key, bytes) => createHmac('sha256', key).update(bytes).digest(),
  stretch: (password, salt, iterations) => pbkdf2Sync(password, salt, iterations, 32, 'sha256'),
};

function verifierFor(password: string): ScramVerifier {
  const salt = utf8('sixteen bytes ok');
  const salted = hashes.stretch(utf8(password), salt, 4096);
  const storedKey = hashes.sha256(hashes.hmac(salted, clientKeyLabel));
  return { salt, iterations: 4096, storedKey, serverKey: hashes.hmac(salted, serverKeyLabel) };
}

const verifier = verifierFor('correct horse');
const endPoint: ChannelBinding = { kind: 'tls-server-end-point', data: new Uint8Array(32).fill(7) };

function portWith(binding: ChannelBinding, tls: LoginPort['tls'] = 'offered'): LoginPort {
  return { tls, binding, verifierOf: () => verifier, nonce: 'serverNonce', hashes };
}

/** Feeds bytes to the machine as the gateway does; gives the last state and everything sent. */
function feed(state: LoginState, bytes: Uint8Array, port: LoginPort) {
  const framer = createFramer();
  framer.push(bytes);
  const sent: Uint8Array[] = [];
  let now = state;
  for (let framing = loginFraming(now); framing !== null; framing = loginFraming(now)) {
    const frame = framer.next(framing);
    if (frame === null) break;
    const step = stepLogin(now, frame, port);
    now = step.state;
    sent.push(...step.send);
  }
  return { state: now, sent: concat(...sent) };
}

const startup = encodeStartup(
  new Map([
    ['user', 'ada'],
    ['database', 'demo'],
  ]),
);

function logIn(from: LoginState, binding: ChannelBinding, password: string): LoginState {
  const port = portWith(binding);
  const challenged = feed(from, startup, port);
  const offered = new TextDecoder().decode(challenged.sent.subarray(9)).split('\0').filter(Boolean);
  const { client, body } = startScram(offered, { binding, nonce: 'clientNonce' });
  const proving = feed(challenged.state, encodePassword(body), port);
  const proof = proveScram(proving.sent.subarray(9), client, { password, hashes });
  const done = feed(proving.state, encodePassword(proof.body), port);
  checkServer(done.sent.subarray(9), proof.signature);
  return done.state;
}

test('stepLogin reaches authenticated with the right password, with and without binding', () => {
  assert.equal(logIn(opening, { kind: 'none' }, 'correct horse').kind, 'authenticated');
  assert.equal(logIn(secured, endPoint, 'correct horse').kind, 'authenticated');
});

test('stepLogin refuses a wrong password', () => {
  assert.throws(() => logIn(opening, { kind: 'none' }, 'wrong'), { code: 'unauthenticated' });
});

test('stepLogin refuses a binding to another certificate', () => {
  const port = portWith(endPoint);
  const challenged = feed(secured, startup, port);
  const other: ChannelBinding = { kind: 'tls-server-end-point', data: new Uint8Array(32).fill(8) };
  const { client, body } = startScram(['SCRAM-SHA-256-PLUS'], { binding: other, nonce: 'n' });
  const proving = feed(challenged.state, encodePassword(body), port);
  const proof = proveScram(proving.sent.subarray(9), client, { password: 'correct horse', hashes });
  assert.throws(() => feed(proving.state, encodePassword(proof.body), port), {
    code: 'unauthenticated',
  });
});

test('stepLogin refuses a client that was talked out of binding', () => {
  const port = portWith(endPoint);
  const challenged = feed(secured, startup, port);
  const first = utf8('y,,n=,r=abc');
  const body = concat(utf8('SCRAM-SHA-256\0'), int32(first.length), first);
  assert.throws(() => feed(challenged.state, encodePassword(body), port), {
    code: 'unauthenticated',
  });
});

test('stepLogin refuses a second start-up message while proving (CVE-2026-107350)', () => {
  const port = portWith({ kind: 'none' });
  const challenged = feed(opening, startup, port);
  const other = encodeStartup(new Map([['user', 'root']]));
  assert.throws(() => feed(challenged.state, other, port), Problem);
});

test('stepLogin stops reading at the TLS request, whatever is buffered behind it (CVE-2021-3935)', () => {
  const { state } = feed(opening, concat(encodeSslRequest(), startup), portWith({ kind: 'none' }));
  assert.equal(state.kind, 'securing');
  assert.equal(loginFraming(state), null);
});

test('stepLogin refuses plain start-up where TLS is required', () => {
  const port = portWith({ kind: 'none' }, 'required');
  assert.throws(() => feed(opening, startup, port), { code: 'unauthenticated' });
});

test('stepLogin answers newer minors and unknown options with NegotiateProtocolVersion', () => {
  const asked = packet(
    int32((3 << 16) | 9999),
    'user',
    'ada',
    '_pq_.thing',
    'x',
    new Uint8Array(1),
  );
  const { state, sent } = feed(opening, asked, portWith({ kind: 'none' }));
  assert.equal(state.kind, 'challenged');
  assert.equal(String.fromCharCode(sent[0] ?? 0), 'v');
});

const anyMessage = fc.oneof(
  fc.constant(startup),
  fc.constant(encodeSslRequest()),
  fc.constant(packet(int32((1234 << 16) | 5680))),
  fc.constant(encodePassword(concat(utf8('SCRAM-SHA-256\0'), int32(11), utf8('n,,n=,r=abc')))),
  fc.constant(
    encodePassword(utf8('c=biws,r=abcserverNonce,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=')),
  ),
  fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 60 }))
    .map(([tag, body]) => message(tag, body)),
  fc.uint8Array({ maxLength: 60 }),
);

test('stepLogin never reaches authenticated by any messages without the password', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 12 }), fc.boolean(), (list, tls) => {
      const port = portWith(tls ? endPoint : { kind: 'none' });
      let state: LoginState = tls ? secured : opening;
      try {
        for (const bytes of list) state = feed(state, bytes, port).state;
      } catch (thrown) {
        assert.ok(thrown instanceof Problem, String(thrown));
      }
      assert.notEqual(state.kind, 'authenticated');
    }),
    { numRuns: 2_000 },
  );
});
