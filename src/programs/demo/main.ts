import { readFile, writeFile } from 'node:fs/promises';
import { Client } from 'pg';
import { problemFrom } from '#base/problem';
import { secret } from '#base/secret';
import { openHttpClient } from '#platform/http';
import type { HttpClient } from '#platform/http';
import { EXIT, exitCodeOf } from '#platform/process';
import type { ExitCode } from '#platform/process';
import { createAccounts } from './accounts.ts';
import { buildDemo } from './build.ts';
import { demoWorld } from './dataset.ts';
import { signIn, signOut } from './desk.ts';
import { fillProjects } from './membership.ts';
import { readPassfile } from './passfile.ts';
import { registerSystem } from './register.ts';
import { applyPolicies } from './rules.ts';
import { readStory, SYSTEM } from './story.ts';
import type { Story } from './story.ts';
import { environmentText, surroundingsFrom } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';
import { awaitDictionary, markSources } from './tagging.ts';

const USAGE = `privet up --demo

Builds the demo: a database of invented people, those who may look at it, its tags and its policies. Runs inside
\`privet up\`, which says where everything is. What is there already is left as it is; killed, it goes on where it was.
`;

const out = (text: string) => void process.stdout.write(text);
const progress = (line: string) => out(`  demo: ${line}\n`);

async function main(around: Surroundings): Promise<void> {
  const story = await readStory();
  const database = await openDatabase(around);
  const authorityPem = await readFile(around.authorityFile, 'utf8');
  const control = openHttpClient({ origin: around.controlUrl, authorityPem });
  const plane = openHttpClient({ origin: around.planeUrl, authorityPem });
  try {
    await buildDemo(database, demoWorld(Date.now()), progress);
    await govern(story, around, { control, plane, database });
    await writeFile(around.environmentFile, environmentText(around, SYSTEM), { mode: 0o600 });
    out(farewell(story, around));
  } finally {
    await Promise.all([database.end(), control.close(), plane.close()]);
  }
}

async function openDatabase(around: Surroundings): Promise<Client> {
  const client = new Client({
    connectionString: around.databaseUrl.reveal(),
    application_name: 'privet-demo',
  });
  await client.connect();
  return client;
}

type Doors = {
  readonly control: HttpClient;
  readonly plane: HttpClient;
  readonly database: Client;
};

/** What a person would do with the command line, in the order they would. */
async function govern(story: Story, around: Surroundings, doors: Doors): Promise<void> {
  const password = (await readFile(around.admin.passwordFile, 'utf8')).trim();
  const desk = await signIn(doors.control, { name: around.admin.name, password }, progress);
  const purse = { path: around.passfile, door: around.gateway };
  try {
    await createAccounts(desk, story.cast, purse);
    await registerSystem(desk, doors.plane, accessOf(doors.database));
    await awaitDictionary(desk, SYSTEM, story.markings);
    await markSources(desk, SYSTEM, story.markings);
    await applyPolicies(desk, story.policies);
    const passwords = await readPassfile(purse.path);
    await fillProjects(desk, story.cast, { client: doors.control, passwords });
  } finally {
    await signOut(desk);
  }
}

/** How the plane reaches the demo's database: as we do, with the password apart from the address. */
function accessOf(database: Client) {
  const { host, port, user = '', database: name = '', password } = database;
  const query = new URLSearchParams({ host, port: String(port), user });
  if (!host.startsWith('/')) query.set('sslmode', 'prefer');
  return {
    connection: `postgresql://localhost/${encodeURIComponent(name)}?${query.toString()}`,
    password: secret(password ?? ''),
  };
}

function farewell(story: Story, around: Surroundings): string {
  const people = story.cast.people.map(
    ({ name, displayName, role }) => `    ${name.padEnd(6)} ${displayName}, ${role}\n`,
  );
  return `
  The demo is there. Its people, all invented, with passwords in ${around.passfile}:
${people.join('')}
  Look at the same table as two of them:

    . ${around.environmentFile}
    psql -U cleo -c 'select full_name, email, national_id from clinic.patients limit 3'
    psql -U ada  -c 'select full_name, email, national_id from clinic.patients limit 3'
`;
}

async function run(args: readonly string[]): Promise<ExitCode> {
  if (args.length > 0) {
    out(USAGE);
    return args.some((arg) => arg === '--help' || arg === '-h') ? EXIT.ok : EXIT.misused;
  }
  try {
    await main(surroundingsFrom(process.env));
    return EXIT.ok;
  } catch (thrown) {
    const { code, message, hint } = problemFrom(thrown);
    process.stderr.write(
      `privet demo: ${message}\n${hint === undefined ? '' : `  hint: ${hint}\n`}`,
    );
    return exitCodeOf(code);
  }
}

process.exitCode = await run(process.argv.slice(2));
