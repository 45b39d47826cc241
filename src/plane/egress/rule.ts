import { isIP } from 'node:net';
import { Problem } from '#base/problem';
import { addressOf, classOf, isInside, networkOf } from '#platform/http';
import type { Address } from '#platform/http';

/** One way out of the plane: who may connect where, for what, until when. Format: docs/formats/egress-rule.md. */
export type Rule = RuleSpec & { readonly id: string; readonly origin: RuleOrigin };

/** Who put it there: a person, the registration of a source system, or the settings file. */
export type RuleOrigin = 'person' | 'system' | 'settings';

export type RuleSpec = {
  /** Who connects: a part of the plane (`sources`, `control` …) or a workload of the forward proxy. */
  readonly workload: string;
  /** A host name, `*.` and a domain, an address, a range of addresses, or the directory of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly purpose: string;
  /** What a name may resolve to beside public addresses: `private`, `loopback`, or ranges. */
  readonly networks: readonly string[];
  /** Null for no end. */
  readonly expiresAtMs: number | null;
};

/** What somebody wants; a null purpose takes that of the rule. */
export type Target = {
  readonly workload: string;
  readonly host: string;
  readonly port: number;
  readonly purpose: string | null;
};

const WORD = /^[a-z][a-z0-9-]{0,39}$/u;
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
/** A last label of digits only would be an address in one of its odd forms (`127.1`, `0x7f000001`; WHATWG URL §3.5). */
const HOST = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)*(?!\\d+$|0x[\\da-f]*$)${LABEL}$`, 'u');
const SOCKET_DIRECTORY = /^\/[\x20-\x7e]{0,90}$/u;
const CLASSES = new Set(['private', 'loopback']);
/** Ranges of one rule, and how wide one may be: `0.0.0.0/0` would name every address and so none. */
const NETWORKS_MAX = 32;
const NETWORK_BITS_MIN = { v4: 96 + 8, v6: 16 } as const;

/** The rule as it is kept: lower case, checked; throws `invalid` naming the field. */
export function checkRule(spec: RuleSpec): RuleSpec {
  if (!WORD.test(spec.workload)) throw wrong('workload', 'expected 1 to 40 of `a-z 0-9 -`');
  if (!WORD.test(spec.purpose)) throw wrong('purpose', 'expected 1 to 40 of `a-z 0-9 -`');
  if (!Number.isInteger(spec.port) || spec.port < 1 || spec.port > 65_535) {
    throw wrong('port', 'expected 1 to 65535');
  }
  const host = ruleHost(spec.host);
  if (spec.networks.length > NETWORKS_MAX)
    throw wrong('networks', `expected at most ${NETWORKS_MAX}`);
  return { ...spec, host, networks: spec.networks.map(ruleNetwork) };
}

function ruleHost(text: string): string {
  if (SOCKET_DIRECTORY.test(text)) return text;
  const host = text.toLowerCase();
  const name = host.startsWith('*.') ? host.slice(2) : host;
  // A wildcard over a whole top-level domain is no rule.
  if (HOST.test(name) && (name === host || name.includes('.'))) return host;
  if (networkOf(host) !== null && wideEnough(host)) return host;
  throw wrong('host', 'expected a host name, `*.` and a domain, an address or a range');
}

function ruleNetwork(text: string): string {
  const network = text.toLowerCase();
  if (CLASSES.has(network)) return network;
  if (networkOf(network) !== null && wideEnough(network)) return network;
  throw wrong('networks', 'expected `private`, `loopback` or ranges such as `10.1.0.0/16`');
}

function wideEnough(text: string): boolean {
  const bits = networkOf(text)?.bits ?? 0;
  return bits >= (text.includes(':') ? NETWORK_BITS_MIN.v6 : NETWORK_BITS_MIN.v4);
}

function wrong(field: string, what: string): Problem {
  return new Problem('invalid', `egress rule: \`${field}\` ${what}`, {
    hint: 'for example workload `billing`, host `api.example.com`, port 443, purpose `invoices`',
  });
}

/** The host of a target as rules are compared with it, or null when it is neither a name nor an address. */
export function targetHost(text: string): string | null {
  if (SOCKET_DIRECTORY.test(text)) return text;
  const host = text.toLowerCase().replace(/^\[(?<inner>[^\]]*)\]$/u, '$<inner>');
  if (isIP(host) !== 0) return addressOf(host) === null ? null : host;
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  return HOST.test(name) ? name : null;
}

export type Judgement =
  | { readonly kind: 'allow'; readonly rule: Rule }
  | { readonly kind: 'deny'; readonly reason: 'no-rule' | 'expired'; readonly rule: Rule | null };

/** The rule that lets a target out, the most exact first; without one the answer is no. */
export function judge(rules: readonly Rule[], target: Target, nowMs: number): Judgement {
  const fitting = rules.filter((rule) => fits(rule, target)).sort(byExactness);
  const inForce = fitting.find((rule) => rule.expiresAtMs === null || rule.expiresAtMs > nowMs);
  if (inForce !== undefined) return { kind: 'allow', rule: inForce };
  const expired = fitting[0] ?? null;
  return { kind: 'deny', reason: expired === null ? 'no-rule' : 'expired', rule: expired };
}

function fits(rule: Rule, target: Target): boolean {
  return (
    rule.workload === target.workload &&
    rule.port === target.port &&
    (target.purpose === null || rule.purpose === target.purpose) &&
    hostFits(rule.host, target.host)
  );
}

function hostFits(wanted: string, host: string): boolean {
  if (wanted === host) return true;
  if (wanted.startsWith('*.')) return host.endsWith(wanted.slice(1)) && addressOf(host) === null;
  const [network, address] = [networkOf(wanted), addressOf(host)];
  return network !== null && address !== null && isInside(address, network);
}

function byExactness(left: Rule, right: Rule): number {
  return Number(left.host.startsWith('*.')) - Number(right.host.startsWith('*.'));
}

/** Whether a rule lets its connections end at an address: a public one, or one that it names. */
export function reaches(rule: Rule, address: Address): boolean {
  const named = [rule.host, ...rule.networks].flatMap((text) => networkOf(text) ?? []);
  const found = named.filter((network) => isInside(address, network));
  const kind = classOf(address);
  if (kind === 'public') return true;
  // Whoever means a metadata service has to write that one address.
  if (kind === 'metadata') return found.some((network) => network.bits === 128);
  return found.length > 0 || rule.networks.includes(kind);
}
