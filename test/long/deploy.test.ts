import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readCloud, TEMPLATES } from '../deploy/cloud.ts';
import { accountOf, fullContext, onEvaluated } from '../deploy/iam.ts';
import type { Request } from '../deploy/iam.ts';
import * as promises from '../deploy/promises.ts';

const deploy = new URL('../../deploy/', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'privet-deploy-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program; null when it cannot be had here, which skips the test and says so. */
function output(program: string, args: readonly string[], options: object = {}): string | null {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      ...options,
    });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
}

const lacks = (what: string) => `${what} cannot be had here`;

test('cfn-lint finds nothing in the templates for AWS', (t) => {
  const venv = join(folder, 'cfn');
  try {
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'ignore' });
    const install = ['-q', 'install', 'cfn-lint==1.58.0'];
    execFileSync(join(venv, 'bin/pip'), install, { stdio: 'ignore' });
  } catch {
    t.skip(lacks('cfn-lint from PyPI'));
    return;
  }
  const files = TEMPLATES.map((name) => join(deploy, 'aws', name));
  assert.equal(
    output(join(venv, 'bin/cfn-lint'), ['--regions', 'eu-central-1', '--', ...files]),
    '',
  );
});

type Asked = { readonly request: Request; readonly allowed: boolean };

/** Another implementation of IAM, AGPL: fetched for this comparison alone, run by itself, never shipped. */
const OTHER = '@cloud-copilot/iam-simulate@0.1.173';
const ASK = `
import { readFileSync } from 'node:fs';
import { runSimulation } from '@cloud-copilot/iam-simulate';
const answers = [];
for (const one of JSON.parse(readFileSync('asked.json', 'utf8'))) {
  const result = await runSimulation(one, {});
  answers.push(result.resultType === 'error' ? JSON.stringify(result.errors) : result.overallResult);
}
console.log(JSON.stringify(answers));
`;

test('another implementation of IAM gives the same verdicts', (t) => {
  const asked: Asked[] = [];
  onEvaluated((request, { allowed }) => asked.push({ request, allowed }));
  for (const promise of Object.values(promises)) promise(readCloud());
  onEvaluated(() => undefined);
  const place = join(folder, 'iam');
  try {
    mkdirSync(place);
    writeFileSync(join(place, 'package.json'), '{ "private": true, "type": "module" }');
    const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', OTHER];
    execFileSync('npm', install, { cwd: place, stdio: 'ignore' });
  } catch {
    t.skip(lacks(OTHER));
    return;
  }
  writeFileSync(
    join(place, 'asked.json'),
    JSON.stringify(asked.map(({ request }) => simulationOf(request))),
  );
  writeFileSync(join(place, 'ask.mjs'), ASK);
  const answers = JSON.parse(
    output('node', ['ask.mjs'], { cwd: place, maxBuffer: 1 << 26 }) ?? '[]',
  ) as string[];
  assert.equal(answers.length, asked.length);
  const compared = asked.map(({ request, allowed }, i) => ({
    request,
    allowed,
    answer: answers[i] ?? '',
  }));
  const known = compared.filter(({ answer }) =>
    /^(?:Allowed|ExplicitlyDenied|ImplicitlyDenied)$/u.test(answer),
  );
  const other = known
    .filter(({ allowed, answer }) => allowed !== (answer === 'Allowed'))
    .map(
      ({ request, allowed, answer }) =>
        `${request.principal.arn} ${request.action} ${request.resource}: ${allowed}, ${answer}`,
    );
  t.diagnostic(
    `${known.length} of ${asked.length} requests compared; the rest name what it does not know`,
  );
  assert.deepEqual(other, []);
  assert.ok(known.length > 300, `${known.length} compared`);
});

function simulationOf(request: Request): object {
  const { principal, action, resource, resourcePolicy } = request;
  const named = (policy: unknown, i: number) => ({ name: `policy-${i}`, policy });
  return {
    request: {
      principal: principal.arn,
      action,
      resource: { resource, accountId: accountOf(resource) || accountOf(principal.arn) },
      contextVariables: fullContext(request),
    },
    identityPolicies: principal.policies.map(named),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
    ...(principal.boundary === null
      ? {}
      : { permissionBoundaryPolicies: [named(principal.boundary, 0)] }),
  };
}

const HELM = 'helm.sh/helm/v3/cmd/helm@v3.18.6';
const CHART = ['--kube-version', '1.30', '--set', 'image.repository=registry.example/privet'];
const DIGEST = ['--set', `image.digest=sha256:${'a'.repeat(64)}`];

test('the Helm chart lints, and renders what Kubernetes reads', async (t) => {
  const env = { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' };
  const manifests = new URL('../deploy/manifests-go/', import.meta.url).pathname;
  try {
    await run('go', ['install', HELM], { env });
    await run('go', ['build', '-o', join(folder, 'manifests'), '.'], { cwd: manifests });
  } catch {
    t.skip(lacks('helm from the Go module proxy'));
    return;
  }
  const helm = join(folder, 'helm');
  const chart = join(deploy, 'helm/privet');
  output(helm, ['lint', '--strict', chart, ...CHART, ...DIGEST]);
  for (const more of [
    [],
    ['--set', 'plane.controlAuthoritySecret=authority'],
    ['--set', 'gateway.serviceType=LoadBalancer', '--set', 'clients.namespaceLabels.team=data'],
    ['--set-string', 'plane.environment.PRIVET_KEYS_CACHE_SECONDS=30'],
    ['--set', 'control.enabled=false', '--set', 'image.pullSecrets={one,two}'],
  ]) {
    const rendered = output(helm, ['template', 'p', chart, ...CHART, ...DIGEST, ...more]) ?? '';
    const counts = output(join(folder, 'manifests'), [], { input: rendered }) ?? '';
    assert.match(counts, /NetworkPolicy:\d Service:\d ServiceAccount:\d StatefulSet:\d/u);
    assert.doesNotMatch(rendered, /\b(?:privileged: true|hostNetwork|hostPath|:latest)\b/u);
  }
  for (const wrong of [
    ['--set', 'image.digest=latest'],
    ['--set', 'plane.environment.PRIVET_PLANE_TOKEN=secret'],
    ['--set', 'plane.controlUrl=http://control'],
  ]) {
    assert.throws(
      () => output(helm, ['template', 'p', chart, ...CHART, ...DIGEST, ...wrong]),
      /specifications of the schema/u,
    );
  }
});

function run(program: string, args: readonly string[], options: object): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, maxBuffer: 1 << 26 }, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

test('systemd takes the units and finds little exposed', (t) => {
  for (const name of ['privet-control', 'privet-plane', 'privet-witness']) {
    const unit = join(folder, `${name}.service`);
    const text = readFileSync(join(deploy, 'systemd', `${name}.service`), 'utf8');
    writeFileSync(unit, text.replace(/^ExecStart=.*$/mu, 'ExecStart=/bin/true'));
    const found = output('systemd-analyze', ['verify', unit]);
    if (found === null) {
      t.skip(lacks('systemd-analyze'));
      return;
    }
    const exposure = output('systemd-analyze', [
      'security',
      '--offline=true',
      '--threshold=20',
      unit,
    ]);
    assert.match(exposure ?? '', /exposure level for \S+: 1\.\d OK/u);
  }
});

test('nft takes the rules', (t) => {
  const rules = readFileSync(join(deploy, 'systemd/privet.nft'), 'utf8');
  const file = join(folder, 'privet.nft');
  // The users may not be on this machine.
  writeFileSync(
    file,
    rules.replaceAll('"privet-control"', '61001').replaceAll('"privet-plane"', '61002'),
  );
  if (process.getuid?.() !== 0) return t.skip('only root may ask');
  if (output('nft', ['-c', '-f', file]) === null) t.skip(lacks('nft'));
});
