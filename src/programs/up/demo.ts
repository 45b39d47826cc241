import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '#base/problem';
import type { BringUp, Running } from './bringup.ts';
import { whileMakingRoles } from './databases.ts';

const DEMO = join(fileURLToPath(new URL('..', import.meta.url)), 'demo', 'main.ts');

type Stage = Pick<BringUp, 'home' | 'screen' | 'opened' | 'stopping'>;

/**
 * Builds the demo by its own program, which is told where everything is and does little when it is there already. A demo
 * that fails is told on the screen and ends nothing: what runs is of use without it.
 */
export async function runDemo(stage: Stage, running: Running): Promise<void> {
  const { screen, stopping } = stage;
  screen.step('building the demo');
  const status = await whileMakingRoles(running.superuser, running.demo.role, () =>
    build(stage, running),
  );
  if (status === '0' || stopping.aborted) return;
  screen.problem(
    new Problem('unavailable', `the demo could not be built (${status})`, {
      hint: 'what it said is above; `privet up --demo` goes on where it was',
    }),
  );
}

/** Runs the demo's own program to its end and gives how it ended. */
async function build({ home, opened }: Stage, running: Running): Promise<string> {
  const child = spawn(process.execPath, [DEMO], {
    cwd: home.root,
    env: {
      PATH: process.env['PATH'],
      PRIVET_HOME: home.root,
      PRIVET_DEMO_DATABASE_URL: running.demo.url,
      PRIVET_CONTROL_URL: running.controlAddress,
      PRIVET_PLANE_URL: running.planeAddress,
      PRIVET_GATEWAY: running.gatewayAddress,
      PRIVET_AUTHORITY_FILE: running.certificates.authorityFile,
      PRIVET_ADMIN_NAME: running.administrator.name,
      PRIVET_ADMIN_PASSWORD_FILE: running.administrator.passwordFile,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(signal ?? String(code)));
  });
  opened.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return await ended;
}
