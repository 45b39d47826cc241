#!/usr/bin/env node
import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readFlows } from './egress.ts';
import { FINDINGS_MAX, Unreadable } from './finding.ts';
import type { Report } from './finding.ts';
import { readTrail } from './keytrail.ts';
import { readOutbox } from './outbox.ts';
import { readPolicy } from './policy.ts';
import { openStore } from './store.ts';
import { verifyEvidence } from './verification.ts';

const HELP = `privet-verify --log <directory> --policy <file> [evidence]

Checks a Privet ledger offline: that it is whole, who vouches for it, and whether what the key service, the outbox and the
network saw is what it tells. Uses nothing of Privet's own code. Prints what it proved, and what it did not check.

  --log <directory>      the log (docs/formats/ledger-log.md): checkpoint, tile/…
  --policy <file>        whom you believe (C2SP tlog-policy); get it from somewhere else than the log
  --earlier <file>       a checkpoint you saw before; the log must continue it (may be given again)
  --proof <file>         a proof of one entry (may be given again)
  --incident <file>      what an operator was shown: privet incident export (may be given again)
  --key-trail <file>     what the key service noted: lines of JSON, or AWS CloudTrail
  --outbox <file>        what left for control: privet outbox export
  --flows <file>         what the network noted: AWS VPC flow log, version 2
  --own-address <ip>     the plane's own address in the flow log (may be given again)
  --json                 the report as JSON
  --help

Exit codes: 0 everything that was checked holds · 1 something does not · 2 it cannot be read

Example: node verify/main.ts --log /mnt/evidence/log --policy auditors.policy --key-trail trail.json
`;

const OPTIONS = {
  log: { type: 'string' },
  policy: { type: 'string' },
  earlier: { type: 'string', multiple: true },
  proof: { type: 'string', multiple: true },
  incident: { type: 'string', multiple: true },
  'key-trail': { type: 'string' },
  outbox: { type: 'string' },
  flows: { type: 'string' },
  'own-address': { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Evidence is kept in memory; a file beyond this is split by whoever exported it. */
const FILE_BYTES_MAX = 512 * 1024 * 1024;
const PROGRESS_AFTER_MS = 2_000;

function read(path: string): string {
  try {
    if (statSync(path).size > FILE_BYTES_MAX)
      throw new Unreadable(`\`${path}\` is larger than ${FILE_BYTES_MAX} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable(`\`${path}\` cannot be read`);
  }
}

function run(): number {
  const { values } = parsed();
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const { log, policy, flows } = values;
  if (log === undefined || policy === undefined)
    throw new Unreadable('expected --log and --policy; --help tells more');
  const named = (paths: readonly string[] = []) =>
    paths.map((name) => ({ name, text: read(name) }));
  const report = verifyEvidence({
    store: openStore(log),
    policy: readPolicy(read(policy)),
    earlier: named(values.earlier),
    proofs: named(values.proof),
    incidents: named(values.incident),
    unwraps: values['key-trail'] === undefined ? null : readTrail(read(values['key-trail'])),
    facts: values.outbox === undefined ? null : readOutbox(read(values.outbox)),
    flows: flows === undefined ? null : readFlows(read(flows), values['own-address'] ?? []),
    onProgress: progress(),
  });
  process.stdout.write(values.json === true ? `${JSON.stringify(report)}\n` : textOf(report));
  return report.findings.length === 0 ? 0 : 1;
}

function parsed() {
  try {
    return parseArgs({ options: OPTIONS });
  } catch (error) {
    throw new Unreadable(
      error instanceof Error ? error.message : 'arguments expected as --help tells',
    );
  }
}

/** A line that is written over, for a person who waits. */
function progress(): (done: number, of: number) => void {
  const startMs = performance.now();
  let nextMs = startMs + PROGRESS_AFTER_MS;
  return (done, of) => {
    if (!process.stderr.isTTY || performance.now() < nextMs) return;
    nextMs = performance.now() + 200;
    process.stderr.write(`\r${done} of ${of} leaves${done === of ? '\n' : ''}`);
  };
}

function textOf({ proved, unchecked, findings }: Report): string {
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}\n`).join('')}\n`;
  const found = findings.slice(0, FINDINGS_MAX).map(({ where, what }) => `✗ ${where}: ${what}`);
  return [
    part('does not hold', found),
    part(
      'proved',
      proved.map((line) => `✓ ${line}`),
    ),
    part(
      'not checked',
      unchecked.map((line) => `· ${line}`),
    ),
    findings.length === 0
      ? 'everything that was checked holds\n'
      : `${findings.length} things do not hold\n`,
  ].join('');
}

try {
  process.exitCode = run();
} catch (error) {
  const unreadable = error instanceof Unreadable;
  process.stderr.write(`privet-verify: ${unreadable ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
