import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentFor, othersVariables } from './environment.ts';

const GIVEN = {
  PATH: '/bin',
  AWS_SECRET_ACCESS_KEY: 'canary',
  PRIVET_CONTROL_METRICS_TOKEN: 'control-token',
  PRIVET_PLANE_METRICS_TOKEN: 'plane-token',
  PRIVET_GATEWAY_LISTEN: '[::]:5439',
  PRIVET_UP_POSTGRES: 'system',
};

test('environmentFor shows each plane what is meant for it and nothing else', () => {
  assert.deepEqual(environmentFor('control', GIVEN, {}), {
    PATH: '/bin',
    PRIVET_CONTROL_METRICS_TOKEN: 'control-token',
  });
  assert.deepEqual(environmentFor('plane', GIVEN, {}), {
    PATH: '/bin',
    PRIVET_PLANE_METRICS_TOKEN: 'plane-token',
    PRIVET_GATEWAY_LISTEN: '[::]:5439',
  });
});

test('environmentFor lets a person overrule what up chooses', () => {
  const ours = { PRIVET_GATEWAY_LISTEN: '127.0.0.1:5439', PRIVET_PLANE_NAME: 'main' };
  const made = environmentFor('plane', GIVEN, ours);
  assert.equal(made['PRIVET_GATEWAY_LISTEN'], '[::]:5439');
  assert.equal(made['PRIVET_PLANE_NAME'], 'main');
});

test('othersVariables names what is for psql and the command line, and no setting', () => {
  const shell = { PGHOST: 'x', PGSSLMODE: 'x', PRIVET_CONTROL_URL: 'x', PRIVET_TOKEN_FILE: 'x' };
  const names = othersVariables({ ...GIVEN, ...shell });
  assert.deepEqual(names, ['PGHOST', 'PGSSLMODE', 'PRIVET_CONTROL_URL']);
});
