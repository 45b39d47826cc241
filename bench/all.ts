/** Every benchmark, one after the other: `npm run bench`. What they need and what they mean is said at the head of each. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BENCHES = [
  { file: 'masks.ts', flags: [] },
  { file: 'decisions.ts', flags: ['--expose-gc'] },
  { file: 'ledger.ts', flags: [] },
  { file: 'verify.ts', flags: [] },
  { file: 'egress.ts', flags: [] },
  { file: 'anomalies.ts', flags: ['--expose-gc'] },
  { file: 'scoring.ts', flags: [] },
  { file: 'keys.ts', flags: [] },
  { file: 'collector.ts', flags: ['--expose-gc'] },
  { file: 'vault.ts', flags: [] },
  { file: 'vaultquery.ts', flags: [] },
  { file: 'gateway.ts', flags: [] },
] as const;

for (const { file, flags } of BENCHES) {
  console.log(`\n# ${file}`);
  const args = [...flags, join(import.meta.dirname, file)];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
