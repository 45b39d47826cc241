import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { z } from 'zod';
import {
  documentSettings,
  group,
  loadSettings,
  nearest,
  secretSetting,
  setting,
  variableOf,
} from './mod.ts';
import type { LoadOptions } from './mod.ts';

const GATE = group('gateway', 'The SQL gateway.', {
  port: setting(z.int().min(1).max(65_535), {
    fallback: 5439,
    unit: 'port',
    doc: 'where it listens.',
  }),
  'ledger.wait': setting(z.enum(['governed', 'always', 'never']), {
    fallback: 'governed',
    doc: 'what waits.',
  }),
  idleSecondsMax: setting(z.int().min(1), { fallback: 600, unit: 'seconds', doc: 'idle time.' }),
  hosts: setting(z.array(z.string()), { fallback: ['127.0.0.1'], doc: 'addresses.' }),
});
const BASE = group('control', 'The control plane.', {
  databaseUrl: secretSetting('required', 'where its tables are.'),
  pepper: secretSetting('optional', 'spice.'),
});

function load(t: { after(work: () => void): void }, yaml: string, rest: Partial<LoadOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'privet-settings-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'privet.yaml');
  writeFileSync(file, yaml);
  return loadSettings({ groups: [GATE], env: {}, file, ...rest });
}

test('loadSettings refuses variables that are nearly settings, and leaves those of others', (t) => {
  const env = { PRIVET_GATEWAY_PROT: '7000', PRIVET_CONTROL_PEPER: 'x', PRIVET_HOME: '/srv' };
  assert.throws(() => load(t, '', { env }), {
    message:
      'settings: unknown variable `PRIVET_GATEWAY_PROT`; did you mean `PRIVET_GATEWAY_PORT`?',
  });
});

test('loadSettings takes environment over file over default, typed', (t) => {
  const settings = load(t, 'gateway:\n  port: 6000\n  ledger:\n    wait: always\n', {
    env: { PRIVET_GATEWAY_PORT: '7000', PRIVET_GATEWAY_HOSTS: '[a, b]' },
  });
  const { port, hosts, idleSecondsMax, 'ledger.wait': wait } = settings.of(GATE);
  assert.deepEqual(
    [port + 0, wait, idleSecondsMax + 0, hosts.join(' ')],
    [7000, 'always', 600, 'a b'],
  );
});

test('loadSettings reports every mistake with its line and a guess', (t) => {
  const yaml = 'gateway:\n  prot: 6000\n  idleSecondsMax: soon\nnothing: 1\n';
  assert.throws(
    () => load(t, yaml, { env: { PRIVET_GATEWAY_PORT: 'x' } }),
    (error: Error) => {
      assert.match(
        error.message,
        /privet\.yaml:2:3: unknown setting `gateway\.prot`; did you mean `gateway\.port`\?/u,
      );
      assert.match(
        error.message,
        /privet\.yaml:3:3: `gateway\.idleSecondsMax` invalid input: expected number/u,
      );
      assert.match(error.message, /privet\.yaml:4:1: unknown setting `nothing`$/mu);
      assert.match(error.message, /^`PRIVET_GATEWAY_PORT` /mu);
      return true;
    },
  );
});

test('loadSettings leaves prefixes of another program alone', (t) => {
  assert.equal(load(t, 'vault:\n  x: 1\n', { foreignPrefixes: ['vault'] }).of(GATE).port, 5439);
});

test('loadSettings names the line of broken YAML', (t) => {
  assert.throws(() => load(t, 'gateway:\n  port: [1\n'), /privet\.yaml:\d+:\d+: not valid YAML/u);
  assert.throws(() => load(t, 'gateway: 5\n'), /unknown setting `gateway`/u);
  assert.throws(() => load(t, '- 5\n'), /expected a mapping/u);
});

test('loadSettings takes secrets from environment or file only, and never shows them', (t) => {
  const groups = [BASE];
  const none = () => load(t, '', { groups });
  assert.throws(
    none,
    /`control\.databaseUrl` expected a secret, got none \(set PRIVET_CONTROL_DATABASE_URL/u,
  );
  assert.throws(
    () => load(t, 'control:\n  databaseUrl: postgres://canary\n', { groups }),
    (error: Error) => {
      assert.match(error.message, /does not belong in a settings file/u);
      assert.doesNotMatch(inspect(error), /canary/u);
      return true;
    },
  );
  const direct = load(t, '', {
    groups,
    env: { PRIVET_CONTROL_DATABASE_URL: 'postgres://canary' },
  }).of(BASE);
  assert.equal(direct.databaseUrl.reveal(), 'postgres://canary');
  assert.equal(direct.pepper, null);
  assert.doesNotMatch(inspect(direct), /canary/u);
  const directory = mkdtempSync(join(tmpdir(), 'privet-settings-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'url'), 'postgres://canary\n');
  const named = load(t, `control:\n  databaseUrlFile: ${join(directory, 'url')}\n`, { groups }).of(
    BASE,
  );
  assert.equal(named.databaseUrl.reveal(), 'postgres://canary');
  assert.throws(
    () => load(t, 'control:\n  databaseUrlFile: /nowhere\n', { groups }),
    /`\/nowhere`, which cannot be read/u,
  );
});

test('variableOf spells a setting in capitals', () => {
  assert.equal(variableOf('gateway.ledger.wait'), 'PRIVET_GATEWAY_LEDGER_WAIT');
  assert.equal(variableOf('control.databaseUrl'), 'PRIVET_CONTROL_DATABASE_URL');
});

test('nearest guesses a near word and nothing for a far one', () => {
  assert.equal(nearest('gatway.prot', ['gateway.port', 'plane.port']), 'gateway.port');
  assert.equal(nearest('zzzz', ['gateway.port']), undefined);
});

test('documentSettings names every setting, default and variable', () => {
  const text = documentSettings([GATE, BASE]);
  assert.match(
    text,
    /\| `gateway\.port` \| `PRIVET_GATEWAY_PORT` \| `5439` \| port \| where it listens\. \|/u,
  );
  assert.match(text, /`PRIVET_CONTROL_PEPPER` or `PRIVET_CONTROL_PEPPER_FILE` \| none \| secret/u);
});
