import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountUid, initialiseArguments, renameOnce, runProgram } from '../server/mod.ts';
import type { Programs } from '../server/mod.ts';

/** Raise when what `initdb` is told changes, so that old templates are left alone. */
const TEMPLATE_FORMAT = 1;

/** Sockets trust everybody (the directory is private); TCP asks for a password, as real servers do. */
const HBA = `local all all trust
local replication all trust
host all all 127.0.0.1/32 scram-sha-256
`;

/** A data directory made once a machine, account and version, to be copied: `initdb` takes longer than every test. */
export async function cachedTemplate(programs: Programs, superuser: string): Promise<string> {
  const cache = join(tmpdir(), `privet-test-template-${accountUid(programs.account)}`);
  if (!existsSync(cache)) {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    own(programs, cache);
  }
  const final = join(
    cache,
    `pg${programs.binaries.version}-${programs.binaries.kind}-${TEMPLATE_FORMAT}`,
  );
  if (existsSync(final)) return final;
  const unfinished = mkdtempSync(`${final}-`);
  own(programs, unfinished);
  await runProgram(programs, 'initdb', {
    args: [
      ...initialiseArguments(programs.binaries, unfinished),
      `--username=${superuser}`,
      '--auth=trust',
      '--no-sync',
    ],
    cwd: cache,
  });
  writeFileSync(join(unfinished, 'pg_hba.conf'), HBA);
  // Of several test processes that make the template at once, the first to rename wins.
  return renameOnce(unfinished, final);
}

function own(programs: Programs, path: string): void {
  if (programs.account.kind === 'other')
    chownSync(path, programs.account.uid, programs.account.gid);
  chmodSync(path, 0o700);
}
