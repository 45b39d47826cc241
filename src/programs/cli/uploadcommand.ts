import { createReadStream, existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createGzip } from 'node:zlib';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { shown } from './output.ts';
import type { Terminal } from './terminal.ts';

/** The files dbt leaves in its target directory, in the order in which they explain each other. */
const FILES = [
  ['manifest', 'manifest.json'],
  ['catalog', 'catalog.json'],
  ['run-results', 'run_results.json'],
  ['sources', 'sources.json'],
] as const;

const loadedShape = z.object({ state: z.string(), facts: z.number(), bytes: z.number() });
/** A large manifest over a slow line. */
const TIMEOUT_MS = 600_000;

/** `privet observe upload`: what dbt left behind, for CI and orchestrators. */
export function addUpload(cli: Cli, observe: Command): void {
  leaf(cli, observe, {
    name: 'upload',
    summary: 'load what dbt left behind: manifest, run results, catalog, sources',
    details:
      'Run it after dbt, also when dbt failed. Of these files only names, kinds, times and counts reach control; messages, SQL,\n' +
      'variables and values stay in the plane. What was loaded before is left alone. Sign in by PRIVET_TOKEN_FILE.',
    flags: [
      ['--target <name>', 'the warehouse the project builds in'],
      ['--path <directory>', 'where dbt wrote them; `target` without it'],
      ['--job <name>', 'name of the job; else taken from the environment of the orchestrator'],
      ['--environment <word>', 'such as prod or ci'],
      ['--descriptions', 'let descriptions of models and columns reach control'],
      ['--plane <name>', 'which plane, when there are several'],
    ],
    options: z.object({
      target: z.string().optional(),
      path: z.string().default('target'),
      job: z.string().optional(),
      environment: z.string().optional(),
      descriptions: z.boolean().optional(),
      plane: z.string().optional(),
    }),
    examples: [
      'privet observe upload --target shop',
      'dbt build; privet observe upload --target shop --environment prod',
    ],
    run: async ({ cli, options }) => {
      if (options.target === undefined) throw new Problem('invalid', 'expected `--target`');
      const directory = resolve(cli.terminal.directory, options.path);
      const there = FILES.filter(([, file]) => existsSync(join(directory, file)));
      if (there.length === 0) {
        throw new Problem('not-found', `\`${options.path}\` holds no artifact of dbt`, {
          hint: 'name the directory with manifest.json by `--path`',
        });
      }
      const plane = await cli.lines().plane(options.plane);
      const loaded: Record<string, z.infer<typeof loadedShape>> = {};
      for (const [artifact, file] of there) {
        const path = withQuery(pathOf('observe', 'artifacts', options.target, artifact), {
          ...jobOf(cli.terminal, options),
          ...(options.descriptions === true ? { descriptions: 'yes' } : {}),
        });
        const bytes = createReadStream(join(directory, file)).pipe(createGzip({ level: 4 }));
        const call = { method: 'POST', path, bytes, timeoutMs: TIMEOUT_MS } as const;
        const size = Math.round(statSync(join(directory, file)).size / 1024);
        loaded[artifact] = await cli.waiting(
          `loading ${file} (${size} KiB)`,
          plane.ask(call, loadedShape),
        );
      }
      return shown(loaded, (style) =>
        Object.entries(loaded)
          .map(
            ([artifact, { state, facts }]) =>
              `${style.green('✓')} ${artifact}: ${state}, ${facts} facts\n`,
          )
          .join(''),
      );
    },
  });
}

type JobOptions = { readonly job?: string | undefined; readonly environment?: string | undefined };

/** What the environment says of the job, as the usual orchestrators write it; only words of the form of one. */
function jobOf({ env }: Terminal, options: JobOptions): Record<string, string> {
  const word = (text: string | undefined, form: RegExp) =>
    text !== undefined && form.test(text) ? text : undefined;
  const orchestrator = orchestratorOf(env);
  const job =
    options.job ??
    env['GITHUB_WORKFLOW'] ??
    env['CI_JOB_NAME'] ??
    env['AIRFLOW_CTX_DAG_ID'] ??
    env['DBT_CLOUD_JOB_ID'] ??
    env['JOB_NAME'];
  const found = {
    job: word(job, /^[\w ./:-]{1,120}$/u),
    environment: word(options.environment, /^[A-Za-z][A-Za-z0-9_.+-]{0,62}$/u),
    orchestrator,
    commit: word(
      env['GITHUB_SHA'] ?? env['CI_COMMIT_SHA'] ?? env['DBT_CLOUD_GIT_SHA'] ?? env['GIT_COMMIT'],
      /^[0-9a-f]{7,64}$/u,
    ),
  };
  return Object.fromEntries(
    Object.entries(found).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

function orchestratorOf(env: Terminal['env']): string | undefined {
  const signs: readonly (readonly [string, string])[] = [
    ['DBT_CLOUD_RUN_ID', 'dbt-cloud'],
    ['GITHUB_ACTIONS', 'github-actions'],
    ['GITLAB_CI', 'gitlab'],
    ['AIRFLOW_CTX_DAG_ID', 'airflow'],
    ['DAGSTER_RUN_ID', 'dagster'],
    ['PREFECT__FLOW_RUN_ID', 'prefect'],
    ['JENKINS_URL', 'jenkins'],
  ];
  return signs.find(([name]) => (env[name] ?? '') !== '')?.[1];
}
