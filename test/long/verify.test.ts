import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { HARMS, harmLog, makeLog } from '../stand/log.ts';
import type { Harm, LogStand } from '../stand/log.ts';

const MAIN = new URL('../../verify/main.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'privet-verify-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The third implementation, built from the Go module proxy; why it cannot be, or null. */
function buildGo(): string | null {
  const cwd = new URL('../verify/tlog-go/', import.meta.url).pathname;
  try {
    execFileSync('go', ['build', '-o', join(folder, 'tlog'), '.'], { cwd, stdio: 'pipe' });
    return null;
  } catch {
    return 'golang.org/x/mod cannot be built here';
  }
}

type Outcome = { readonly status: number | null; readonly text: string };

/** Both are given the checkpoints that were seen before the log was harmed. */
function byGo({ directory, vkey }: LogStand, seen: readonly string[]): Outcome {
  const earlier = seen
    .map((note) => note.split('\n').slice(1, 3))
    .filter(([size]) => size !== '0')
    .flat();
  const given = [directory, vkey, ...earlier];
  const result = spawnSync(join(folder, 'tlog'), given, { encoding: 'utf8' });
  return { status: result.status, text: result.stdout + result.stderr };
}

function byVerifier({ directory }: LogStand, seen: readonly string[]): Outcome {
  const earlier = seen.flatMap((note, i) => {
    writeFileSync(join(folder, `seen-${i}`), note);
    return ['--earlier', join(folder, `seen-${i}`)];
  });
  const at = (name: string) => join(directory, name);
  const given = [
    '--log',
    directory,
    '--policy',
    at('policy'),
    '--key-trail',
    at('trail'),
    ...earlier,
  ];
  const result = spawnSync(process.execPath, [MAIN, ...given], { encoding: 'utf8' });
  return { status: result.status, text: result.stdout + result.stderr };
}

function seenOf({ directory }: LogStand): readonly string[] {
  const kept = join(directory, 'checkpoints');
  const earlier = existsSync(kept) ? readdirSync(kept).map((name) => join(kept, name)) : [];
  return [join(directory, 'checkpoint'), ...earlier].map((path) => readFileSync(path, 'utf8'));
}

/** Harms that are about witnesses and the key service, which x/mod knows nothing of. */
const BEYOND_GO: readonly Harm[] = ['no-quorum', 'unlogged-unwrap'];

describe('golang.org/x/mod/sumdb and the verifier', { skip: buildGo() ?? false }, () => {
  for (const leaves of [0, 1, 255, 256, 257, 65_536, 70_000]) {
    test(`both accept a log of ${leaves} leaves`, () => {
      const stand = makeLog(join(folder, `whole-${leaves}`), {
        leaves,
        earlier: [1, 255, 256, 40_000],
      });
      const seen = seenOf(stand);
      const go = byGo(stand, seen);
      assert.match(go.text, new RegExp(`^${leaves} leaves`, 'u'));
      assert.equal(go.status, 0);
      const own = byVerifier(stand, seen);
      assert.equal(own.status, 0, own.text);
    });
  }

  for (const harm of HARMS) {
    test(`both refuse a log that was harmed: ${harm}`, () => {
      const stand = makeLog(join(folder, `harmed-${harm}`), { leaves: 70_000, earlier: [40_000] });
      const seen = seenOf(stand);
      harmLog(stand, harm);
      assert.equal(byVerifier(stand, seen).status, 1);
      if (!BEYOND_GO.includes(harm)) assert.equal(byGo(stand, seen).status, 1);
    });
  }
});
