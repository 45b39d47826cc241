import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { environmentText, surroundingsFrom } from './surroundings.ts';

const ENV = {
  PRIVET_HOME: "/tmp/o'clock home",
  PRIVET_DEMO_DATABASE_URL: 'postgres://demo_owner:canary@localhost/demo',
  PRIVET_CONTROL_URL: 'https://127.0.0.1:7080',
  PRIVET_PLANE_URL: 'https://127.0.0.1:7081',
  PRIVET_AUTHORITY_FILE: '/tmp/ca.pem',
  PRIVET_ADMIN_NAME: 'admin',
  PRIVET_ADMIN_PASSWORD_FILE: '/tmp/admin-password',
};

test('surroundingsFrom reads an address with and without brackets', () => {
  const gatewayOf = (address: string) =>
    surroundingsFrom({ ...ENV, PRIVET_GATEWAY: address }).gateway;
  assert.deepEqual(gatewayOf('127.0.0.1:6000'), { host: '127.0.0.1', port: 6000 });
  assert.deepEqual(gatewayOf('[::1]:6000'), { host: '::1', port: 6000 });
  assert.deepEqual(surroundingsFrom(ENV).gateway, { host: '127.0.0.1', port: 5439 });
});

test('surroundingsFrom names what is missing and shows no secret', () => {
  assert.throws(
    () => surroundingsFrom({ ...ENV, PRIVET_PLANE_URL: 'canary' }),
    (error: Error) => {
      assert.match(error.message, /`PRIVET_PLANE_URL` expected/u);
      assert.doesNotMatch(inspect(error), /canary/u);
      return true;
    },
  );
  assert.doesNotMatch(inspect(surroundingsFrom(ENV)), /canary/u);
});

test('environmentText survives a shell, whatever the home is called', () => {
  const text = environmentText(surroundingsFrom(ENV), 'demo');
  const shown = execFileSync('/bin/sh', ['-c', `${text}echo "$PGPASSFILE|$PGPORT|$PGSSLMODE"`]);
  assert.equal(shown.toString(), "/tmp/o'clock home/demo.pgpass|5439|verify-full\n");
});
