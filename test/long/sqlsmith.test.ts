import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fixtureText, policyText } from '../attempts/attempt.ts';
import { openStand } from '../stand/stand.ts';
import { openTap } from '../stand/tap.ts';

const QUERIES = Number(process.env['SQLSMITH_QUERIES'] ?? 2_000);
const SEED = Number(process.env['SQLSMITH_SEED'] ?? 1);
const SQLSMITH = '/usr/bin/sqlsmith';

/** Bytes carried over between chunks, so that a canary cut in two is still found. */
const OVERLAP = 64;
const CANARY = /CANARY|\b7731\d{4}\b|\b1931-\d\d-\d\d|\b771-3\d-\d{4}/u;

for (const mode of ['splice', 'hardened'] as const) {
  test(
    `sqlsmith is shown no canary in ${mode} mode`,
    { skip: existsSync(SQLSMITH) ? false : 'sqlsmith is not installed' },
    async (context) => {
      const stand = await openStand({
        mode,
        systems: { shopdb: fixtureText() },
        policy: policyText(),
        people: { mallory: { region: ['EU'] } },
      });
      const seen = { bytes: 0, rows: 0, canaries: [] as string[] };
      let tail = '';
      const tap = await openTap(stand.gateway.address, (chunk) => {
        seen.bytes += chunk.length;
        const text = tail + chunk.toString('latin1');
        const found = CANARY.exec(text);
        if (found !== null)
          seen.canaries.push(text.slice(Math.max(0, found.index - 80), found.index + 80));
        seen.rows += text.match(/SELECT [1-9]\d*\0/gu)?.length ?? 0;
        tail = text.slice(-OVERLAP);
      });
      try {
        const code = await smith(tap.port, stand.password);
        context.diagnostic(
          `${QUERIES} queries, seed ${SEED}, ${seen.rows} answers with rows, ${seen.bytes} bytes watched, exit ${code}`,
        );
        assert.deepEqual(seen.canaries, []);
        assert.ok(seen.bytes > 100_000, 'too little came back to mean anything');
      } finally {
        await tap.close();
        await stand.stop();
      }
    },
  );
}

function smith(port: number, password: string): Promise<number> {
  const child = spawn(
    SQLSMITH,
    [
      `--target=host=127.0.0.1 port=${port} user=mallory dbname=shopdb sslmode=disable`,
      `--seed=${SEED}`,
      `--max-queries=${QUERIES}`,
      '--exclude-catalog',
    ],
    {
      env: { ...process.env, PGPASSWORD: password },
      stdio: [
        'ignore',
        'ignore',
        process.env['SQLSMITH_LOUD'] === undefined ? 'ignore' : 'inherit',
      ],
    },
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
}
