import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Problem } from '#base/problem';
import { checkConnection } from './check.ts';
import { connectionShape } from './definition.ts';
import type { ConnectionDocument } from './definition.ts';
import { routeOf } from './routing.ts';

const KEPT = { id: 'con_0123456789abcdefghjkmnpqrs', version: 1 } as const;
const field = { action: 'DETOKENIZATION', fieldName: 'card.number' } as const;
const ROUTE = { path: '/pay', method: 'POST', contentType: 'JSON', requestBody: [field] } as const;

function read(more: object = {}, route: object = {}): ConnectionDocument {
  return connectionShape.parse({
    name: 'psp',
    vaultID: 'vlt_0123456789abcdefghjkmnpqrs',
    baseURL: 'https://psp.example',
    authMode: 'NOAUTH',
    routes: [{ ...ROUTE, ...route }],
    ...more,
  });
}

function problemOf(
  more: object,
  route: object = {},
  direction: 'outbound' | 'inbound' = 'outbound',
) {
  try {
    checkConnection(read(more, route), direction, KEPT);
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
  return null;
}

describe('checkConnection', () => {
  const extras = [
    'dataSelector',
    'dataSelectorRegex',
    'transformFormat',
    'encryptionType',
    'functionName',
    'functionInfo',
    'sourceRegex',
    'transformedRegex',
  ];
  const actions = [
    'preFieldRequestMessageActions',
    'postFieldRequestMessageActions',
    'preFieldResponseMessageActions',
    'postFieldResponseMessageActions',
  ];

  test('takes what Skyflow writes where nothing is said', () => {
    const nothing = Object.fromEntries(extras.map((name) => [name, '']));
    const functionInfo = { deploymentID: '', method: '', template: 'NO_TEMPLATE' };
    const none = Object.fromEntries(
      actions.map((name) => [name, [{ type: 'NOACTION', action: '' }]]),
    );
    const route = {
      ...none,
      soapAction: '',
      mleType: 'NOT_REQUIRED',
      url: [],
      responseBody: null,
      requestBody: [{ ...field, ...nothing, functionInfo, table: '', column: '' }],
    };
    assert.equal(problemOf({ formEncodedKeysPassThrough: false, mode: 'EGRESS' }, route), null);
  });

  const refused: readonly (readonly [string, object, object?])[] = [
    ['routes[0].mleType', {}, { mleType: 'MANDATORY' }],
    ['routes[0].soapAction', {}, { soapAction: 'urn:pay' }],
    ['formEncodedKeysPassThrough', { formEncodedKeysPassThrough: true }],
    ...extras.map((name): [string, object, object] => [
      `routes[0].requestBody[0].${name}`,
      {},
      { requestBody: [{ ...field, [name]: 'x' }] },
    ]),
    ...actions.map((name): [string, object, object] => [
      `routes[0].${name}`,
      {},
      { [name]: [{ type: 'NOACTION' }, { type: 'SIGN', action: 'JWS' }] },
    ]),
    ...['ENCRYPTION', 'FUNCTION'].map((action): [string, object, object] => [
      'routes[0].requestBody[0].action',
      {},
      { requestBody: [{ ...field, action }] },
    ]),
    ['routes[0].responseBody[0].action', {}, { responseBody: [field] }],
    ['routes[0].requestBody', {}, { contentType: 'XML' }],
  ];
  for (const [name, more, route] of refused) {
    test(`refuses ${name} that it does not do, and names it`, () => {
      const problem = problemOf(more, route);
      assert.equal(problem?.code, 'unsupported', problem?.message);
      assert.ok(problem.message.includes(`\`${name}\``), problem.message);
    });
  }

  const wrong: readonly (readonly [string, object, object?])[] = [
    ['mode', { mode: 'INGRESS' }],
    ['account', { account: 'shop' }],
    ['sharedKeyHeader', { sharedKeyHeader: 'content-length' }],
    ['sharedKeyHeader', { sharedKeyHeader: 'x y' }],
    ['routes', { routes: [ROUTE, ROUTE] }],
    ['routes[0].path', {}, { path: '/secret' }],
    ['routes[0].path', {}, { path: '/a/../b' }],
    ['routes[0].path', {}, { path: '/a//b' }],
    ['routes[0].path', {}, { path: '/a/{x}/{x}' }],
    ['routes', { routes: [ROUTE, { ...ROUTE, path: '/pay/' }] }],
    ['routes[0].requestBody', {}, { method: 'GET' }],
    [
      'routes[0].requestBody',
      {},
      { requestBody: [field, { ...field, fieldName: 'card[number]' }] },
    ],
    ['routes[0].requestBody[0]', {}, { requestBody: [{ ...field, table: 'cards' }] }],
    ['vaultID', { vaultID: 'shop' }],
    ['routes[0].path', {}, { path: '/a?b' }],
    ['routes[0].path', {}, { path: '/a%2fb' }],
    ['routes[0].url', {}, { url: [{ ...field, fieldName: 'id' }] }],
    [
      'routes[0].requestHeader[0].fieldName',
      {},
      { requestHeader: [{ ...field, fieldName: 'Cookie' }] },
    ],
    [
      'routes[0].responseBody[0]',
      {},
      { responseBody: [{ action: 'TOKENIZATION', fieldName: 'x', table: 'cards' }] },
    ],
  ];
  for (const [name, more, route] of wrong) {
    test(`refuses a ${name} that is wrong`, () => {
      const problem = problemOf(more, route);
      assert.equal(problem?.code, 'invalid', problem?.message);
      assert.ok(problem.message.includes(`\`${name}\``), problem.message);
    });
  }

  test('lets nobody call an inbound connection without a key and an account', () => {
    const route = { requestBody: [] };
    const inbound = { authMode: 'SHAREDKEY', account: 'shop' };
    assert.equal(problemOf(inbound, route, 'inbound'), null);
    for (const [change, code] of [
      [{ authMode: 'NOAUTH' }, 'invalid'],
      [{ authMode: 'MTLS' }, 'unsupported'],
      [{ account: null }, 'invalid'],
      [{ invokers: ['VAULT_OWNER'] }, 'invalid'],
    ] as const) {
      assert.equal(problemOf({ ...inbound, ...change }, route, 'inbound')?.code, code);
    }
    assert.equal(problemOf(inbound, {}, 'inbound')?.code, 'unsupported', 'no values for callers');
  });

  test('knows no field that is not documented', () => {
    assert.throws(() => read({ denyPassthrough: true }));
    assert.throws(() => read({}, { requestBody: [{ ...field, redact: 'MASKED' }] }));
  });
});

describe('routeOf', () => {
  const connection = checkConnection(
    read({
      routes: [
        { ...ROUTE, path: '/v1/cards/{id}' },
        { ...ROUTE, path: 'v1/cards', method: 'GET', requestBody: [] },
        { ...ROUTE, path: '/' },
        { ...ROUTE, path: '/v1/cards/{id}/pay/' },
      ],
    }),
    'outbound',
    KEPT,
  );
  const found = (method: string, path: string) => {
    const { route, parameters } = routeOf(connection, { method, path });
    return [connection.routes.indexOf(route), { ...parameters }];
  };

  test('finds the route of a method and a path, with its parameters', () => {
    assert.deepEqual(found('POST', '/v1/cards/4%20711'), [0, { id: '4 711' }]);
    assert.deepEqual(found('GET', '/v1/cards'), [1, {}]);
    assert.deepEqual(found('POST', '/'), [2, {}]);
    assert.deepEqual(found('POST', '/v1/cards/1/pay'), [3, { id: '1' }]);
    assert.deepEqual(found('POST', '/v1/cards/1/pay/'), [3, { id: '1' }]);
  });

  test('finds none for anything else', () => {
    for (const [method, path] of [
      ['GET', '/v1/cards/1'],
      ['HEAD', '/v1/cards'],
      ['POST', '/v1/cards/1/2'],
      ['POST', '/v1/CARDS/1'],
      ['POST', '//v1/cards/1'],
    ] as const) {
      assert.throws(
        () => found(method, path),
        (thrown) => thrown instanceof Problem && thrown.code === 'not-found',
        `${method} ${path}`,
      );
    }
  });
});
