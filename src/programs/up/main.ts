import { parseArgs } from 'node:util';
import { Problem } from '#base/problem';
import { homeDirectory, lockDirectory, runProgram, untilStopped } from '#platform/process';
import type { Run } from '#platform/process';
import { loadSettings, settingsFileIn, prefixesOfOthers } from '#platform/settings';
import { systemClock } from '#platform/telemetry';
import { bringUp } from './bringup.ts';
import type { Running } from './bringup.ts';
import { runDemo } from './demo.ts';
import { othersVariables } from './environment.ts';
import { prepareHome } from './home.ts';
import { planeUrlFrom, PLANE_DOOR } from './planedoor.ts';
import { openScreen } from './screen.ts';
import { upSettings } from './settings.ts';
import { summarize } from './summary.ts';

const USAGE = `privet up [--demo]

Starts everything on this machine: an embedded PostgreSQL, the control plane, the data plane and its SQL gateway.
All it writes is under .privet in the working directory, or under PRIVET_HOME.

  --demo   build the demo database and its people and policies, if they are not there yet
  --help   show this

Example:
  PRIVET_HOME=/srv/privet privet up
`;

/** Groups of the same settings file that the programs started from here read and check themselves. */
/** Groups of the same settings file that other programs read. */
const FOREIGN = prefixesOfOthers('up');
/** Both planes and the database get their time to finish. */
const STOP_MS = 120_000;

const screen = openScreen({ out: process.stdout, err: process.stderr }, systemClock);

async function main(run: Run): Promise<void> {
  const wish = readArguments(process.argv.slice(2));
  if (wish === 'help') return screen.text(USAGE);
  const startedMs = systemClock();
  for (const name of othersVariables(process.env)) Reflect.deleteProperty(process.env, name);
  const home = prepareHome(homeDirectory(process.env, process.cwd()));
  const lock = lockDirectory(home.run, '`privet up` for this home directory');
  const opened: (() => Promise<void>)[] = [];
  const wanted = { home, env: process.env, screen, opened, stopping: run.stopping };
  let work: Promise<Running> | undefined;
  try {
    work = bringUp({ ...wanted, settings: readSettings(home.root) });
    const running = await unlessStopped(run.stopping, work);
    if (running !== 'stopped') {
      if (wish === 'demo') await unlessStopped(run.stopping, runDemo(wanted, running));
      if (!run.stopping.aborted) screen.text(summarize(home, running, systemClock() - startedMs));
      await untilStopped(run.stopping);
    }
    screen.note('stopping');
  } finally {
    await closeAll(opened);
    // What was just being started when we were asked to stop is there now, and is closed as well.
    await work?.catch(() => undefined);
    await closeAll(opened);
    lock.release();
  }
}

async function closeAll(opened: (() => Promise<void>)[]): Promise<void> {
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
}

function readArguments(args: readonly string[]): 'up' | 'demo' | 'help' {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { demo: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) return 'help';
    return values.demo === true ? 'demo' : 'up';
  } catch (cause) {
    throw new Problem('invalid', `expected \`privet up [--demo]\`, got \`${args.join(' ')}\``, {
      hint: '`privet up --help` shows how it is used',
      cause,
    });
  }
}

function readSettings(root: string) {
  const settings = loadSettings({
    groups: [upSettings, ...PLANE_DOOR],
    env: process.env,
    foreignPrefixes: FOREIGN,
    file: settingsFileIn(root),
  });
  return { ...settings.of(upSettings), planeUrl: planeUrlFrom(settings) };
}

async function unlessStopped<T>(stopping: AbortSignal, work: Promise<T>): Promise<T | 'stopped'> {
  return await Promise.race([work, untilStopped(stopping).then(() => 'stopped' as const)]);
}

await runProgram(main, { onProblem: (problem) => screen.problem(problem), stopMs: STOP_MS });
