import { z } from 'zod';
import { group, setting } from '#platform/settings';
import type { RuleSpec } from './rule.ts';

const ruleSchema = z.strictObject({
  workload: z.string(),
  host: z.string(),
  port: z.int(),
  purpose: z.string(),
  networks: z.array(z.string()).default([]),
  expires: z.iso.datetime({ offset: true }).optional(),
});

/** Everything about the ways out of the plane that can be set. */
export const egressSettings = group(
  'egress',
  'The ways out of the plane; without a rule there is none.',
  {
    proxyListen: setting(z.string(), {
      fallback: '',
      doc: 'Address and port of the forward proxy for other workloads, such as `127.0.0.1:7082`; no proxy when empty.',
    }),
    proxyTls: setting(z.enum(['required', 'off']), {
      fallback: 'required',
      doc: 'Whether workloads reach the proxy by TLS, with the certificate of the plane; `off` only where their network is theirs alone, for tokens then cross it as they are.',
    }),
    rules: setting(z.array(ruleSchema).max(1_000), {
      fallback: [],
      doc: 'Rules beside those that people add: a list of `{ workload, host, port, purpose, networks, expires }` (docs/formats/egress-rule.md).',
    }),
  },
);

/** The rules of the settings file, by the names that the ledger calls them. */
export function configuredRules(
  rules: readonly z.output<typeof ruleSchema>[],
): Readonly<Record<string, RuleSpec>> {
  return Object.fromEntries(
    rules.map(({ expires, ...rule }, i) => [
      `rule-${i + 1}`,
      { ...rule, expiresAtMs: expires === undefined ? null : Date.parse(expires) },
    ]),
  );
}
