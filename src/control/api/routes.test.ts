import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { PERMISSIONS } from '#boundary';
import { enrolPlane } from '#control/identity';
import { openTestApi } from '../../../test/control/apiserver.ts';
import type { TestApi } from '../../../test/control/apiserver.ts';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';
import { ROUTES } from './mod.ts';
import type { Route } from './mod.ts';
import { describeNeed } from './need.ts';

const GOLDEN = new URL('../../../test/openapi.control.golden.json', import.meta.url);

let office: TestOffice;
let api: TestApi;
const bearers = new Map<string, string>();

before(async () => {
  office = await openTestOffice();
  api = await openTestApi(office, { setupTokenFile: '/nonexistent/setup-token' });
  bearers.set('none', await api.person('nobody.special'));
  for (const permission of PERMISSIONS) {
    bearers.set(permission, await api.person(`only-${permission}`, permission));
  }
});

after(async () => {
  await api.server.close();
  await office.close();
});

for (const route of ROUTES) {
  const title = `${route.method} ${route.path}`;

  test(`${title} answers 401 without a session, before it looks at anything else`, async () => {
    if (route.need.kind === 'nothing') return;
    for (const bearer of [null, 'privet_ses_made-up', 'privet_pat_made-up', 'x']) {
      const { status, body } = await api.ask(bearer, { method: route.method, path: filled(route) });
      assert.equal(status, 401);
      assert.equal(body.error.code, 'unauthenticated');
      assert.match(body.error.requestId, /^req_/u);
    }
  });

  test(`${title} answers 403 without the permission it declares, and no 403 with it`, async () => {
    if (!('anyOf' in route.need)) return;
    const { anyOf } = route.need;
    const call = { method: route.method, path: filled(route), body: {} };
    for (const [permission, bearer] of bearers) {
      const { status, body } = await api.ask(bearer, call);
      const allowed = (anyOf as readonly string[]).includes(permission);
      if (allowed) assert.notEqual(status, 403, `${permission}: ${JSON.stringify(body)}`);
      else assert.equal(status, 403, permission);
    }
  });
}

test('every route below a plane asks for that plane’s own token', async () => {
  const token = await office.does((work) =>
    enrolPlane(work, { name: 'other', url: 'https://127.0.0.1:7081' }),
  );
  const routes = ROUTES.filter((route) => route.need.kind === 'plane');
  assert.ok(routes.length > 0);
  for (const route of routes) {
    const { status } = await api.ask(token, { method: route.method, path: filled(route) });
    assert.equal(status, 403);
  }
});

test('nothing but set-up, signing in and their state is open to everybody', () => {
  const open = ROUTES.filter((route) => route.need.kind === 'nothing');
  assert.deepEqual(open.map((route) => `${route.method} ${route.path}`).sort(), [
    'GET /api/v1/setup',
    'POST /api/v1/sessions',
    'POST /api/v1/setup',
  ]);
});

test('no two routes share a method and a path', () => {
  const keys = ROUTES.map((route) => `${route.method} ${route.path.replaceAll(/:\w+/gu, ':x')}`);
  assert.deepEqual(keys, [...new Set(keys)]);
});

test('the OpenAPI document is the golden one', () => {
  const document = `${JSON.stringify(api.server.swagger(), null, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, document);
  assert.equal(document, readFileSync(GOLDEN, 'utf8'), 'run with UPDATE_GOLDEN=1 when it is meant');
});

test('docs/api.md lists every route with who may call it', () => {
  const url = new URL('../../../docs/api.md', import.meta.url);
  const [head = ''] = readFileSync(url, 'utf8').split(MARK);
  const rows = ROUTES.map((route) => {
    const path = route.path.replaceAll(/:(?<name>\w+)/gu, '{$<name>}');
    return `| \`${route.method} ${path}\` | ${route.summary} | ${describeNeed(route.need)} |\n`;
  });
  const wanted = `${head}${MARK}\n\n| route | | who |\n| --- | --- | --- |\n${rows.join('')}`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(url, wanted);
  assert.equal(readFileSync(url, 'utf8'), wanted, 'run with UPDATE_GOLDEN=1 when it is meant');
});

const MARK =
  '<!-- made from the routes: UPDATE_GOLDEN=1 node --test src/control/api/routes.test.ts -->';

/** The route's path with every parameter given a name nobody has. */
function filled(route: Route): string {
  return route.path.replaceAll(/:\w+/gu, 'nobody-else');
}
