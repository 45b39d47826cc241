import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '#platform/db/testcluster';

/** A `privet up` of a test, on ports of its own. */
export type Running = {
  /** What it has printed so far. */
  said(): string;
  readonly ports: { readonly control: number; readonly plane: number; readonly gateway: number };
  stop(): Promise<void>;
};

/** A cold start with the demo takes about 20 s on a small machine that does nothing else. */
const START_MS_MAX = 180_000;

/** Starts `bin/privet up` of the repository `root` in the working directory `cwd` and waits until it is up. */
export async function startUp(
  root: string,
  cwd: string,
  args: readonly string[] = [],
): Promise<Running> {
  const ports = { control: await freePort(), plane: await freePort(), gateway: await freePort() };
  const child = spawn(join(root, 'bin/privet'), ['up', ...args], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      PRIVET_CONTROL_LISTEN: `127.0.0.1:${ports.control}`,
      PRIVET_CONTROL_LOCAL_PLANE_URL: `https://127.0.0.1:${ports.plane}`,
      PRIVET_PLANE_LISTEN: `127.0.0.1:${ports.plane}`,
      PRIVET_GATEWAY_LISTEN: `127.0.0.1:${ports.gateway}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
  }
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = () => {
    child.kill('SIGTERM');
    return gone;
  };
  const deadline = Date.now() + START_MS_MAX;
  while (!said.includes('Privet is up')) {
    if (child.exitCode !== null) throw new Error(`privet up ended:\n${said}`);
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`privet up took too long:\n${said}`);
    }
    await sleep(100);
  }
  return { said: () => said, ports, stop };
}
