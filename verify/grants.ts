import { finding, FINDINGS_MAX } from './finding.ts';
import type { Finding, Report } from './finding.ts';
import type { Body, Leaf } from './log.ts';

/** A grant as its leaves have told it so far. */
type Grant = {
  readonly request: number;
  readonly operator: string;
  readonly capability: string;
  readonly scope: readonly string[];
  readonly rowsMax: number;
  readonly durationMs: number;
  readonly needed: number;
  readonly emergency: boolean;
  readonly approvals: Map<number, string>;
  activated: number | null;
  notAfterMs: number;
  ended: boolean;
  rows: number;
};

/** What kind of grant each kind of use needs, and the member that names the thing. */
const USES: Readonly<Record<string, { readonly for: readonly string[]; readonly thing: string }>> =
  {
    'ops-queried': { for: ['observe'], thing: 'view' },
    'operator-acted': { for: ['operate', 'upgrade'], thing: 'operation' },
    'quarantine-revealed': { for: ['break-glass'], thing: 'channel' },
  };

type Seen = {
  readonly grants: Map<string, Grant>;
  readonly kept: Map<string, Body>;
  /** Leaves about grants, and items, that no leaf before them tells of: pruned, or made up. */
  readonly orphans: Finding[];
  readonly findings: Finding[];
  uses: number;
  revealed: number;
  emergencies: number;
  newestMs: number;
};

export type GrantCheck = { see(leaf: Leaf): void; report(minimum: number): Report };

/**
 * Follows every grant of an operator from its request to its end, and each use to a grant that was in force, by the rules of
 * docs/formats/operator-grant.md.
 */
export function checkGrants(): GrantCheck {
  const seen: Seen = {
    grants: new Map(),
    kept: new Map(),
    orphans: [],
    findings: [],
    uses: 0,
    revealed: 0,
    emergencies: 0,
    newestMs: -Infinity,
  };
  return { see: (leaf) => see(seen, leaf), report: (minimum) => reportOf(seen, minimum) };
}

function see(seen: Seen, leaf: Leaf): void {
  const { body } = leaf;
  if (body.kind === 'quarantine-kept') seen.kept.set(String(body['item']), body);
  if (!body.kind.startsWith('grant-') && USES[body.kind] === undefined) return;
  if (typeof body['atMs'] === 'number') {
    if (body['atMs'] < seen.newestMs) note(seen, leaf, 'the clock of grants went back');
    seen.newestMs = Math.max(seen.newestMs, body['atMs']);
  }
  if (body.kind === 'grant-requested') return request(seen, leaf);
  if (body.kind === 'grant-denied') return undefined;
  const grant = seen.grants.get(String(body['grant']));
  if (grant === undefined) {
    seen.orphans.push(finding(`leaf ${leaf.index}`, 'it is about a grant nobody asked for'));
    return undefined;
  }
  switch (body.kind) {
    case 'grant-approved':
      return approve(seen, grant, leaf);
    case 'grant-activated':
      return activate(seen, grant, leaf);
    case 'grant-ended':
      if (grant.ended) note(seen, leaf, 'a grant ended twice');
      grant.ended = true;
      return undefined;
    case 'grant-reviewed':
      if (!grant.ended || grant.activated === null)
        note(seen, leaf, 'a grant was reviewed that had not been in force and ended');
      return undefined;
    default:
      return use(seen, grant, leaf);
  }
}

function request(seen: Seen, leaf: Leaf): void {
  const { index, body } = leaf;
  const id = String(body['grant']);
  if (seen.grants.has(id)) return note(seen, leaf, 'a grant was asked for twice');
  const emergency = body['emergency'] === true;
  const needed = Number(body['approvalsNeeded']);
  if (needed < 1 && !emergency)
    note(seen, leaf, 'a grant needs nobody’s approval and is no emergency');
  if (emergency) seen.emergencies++;
  seen.grants.set(id, {
    request: index,
    operator: actorOf(body),
    capability: String(body['capability']),
    scope: Array.isArray(body['scope']) ? body['scope'].map(String) : [],
    rowsMax: Number(body['rowsMax']),
    durationMs: Number(body['durationMs']),
    needed,
    emergency,
    approvals: new Map(),
    activated: null,
    notAfterMs: -Infinity,
    ended: false,
    rows: 0,
  });
  return undefined;
}

function approve(seen: Seen, grant: Grant, leaf: Leaf): void {
  const by = actorOf(leaf.body);
  if (by === grant.operator) note(seen, leaf, 'an operator approved their own request');
  if ([...grant.approvals.values()].includes(by))
    note(seen, leaf, 'the same person approved a request twice');
  if (grant.ended || grant.activated !== null)
    note(seen, leaf, 'a request was approved that was not open any more');
  if (leaf.body['request'] !== grant.request)
    note(seen, leaf, 'what was approved is not what was asked for');
  grant.approvals.set(leaf.index, by);
}

function activate(seen: Seen, grant: Grant, leaf: Leaf): void {
  const { body } = leaf;
  const rests = Array.isArray(body['approvals']) ? body['approvals'].map(Number) : [];
  const known = new Set(rests.flatMap((index) => grant.approvals.get(index) ?? []));
  if (known.size < grant.needed || known.size !== rests.length)
    note(seen, leaf, `a grant is in force with ${known.size} of ${grant.needed} approvals`);
  if (grant.activated !== null || grant.ended)
    note(seen, leaf, 'a grant is put in force that was before, or had ended');
  if (body['request'] !== grant.request)
    note(seen, leaf, 'what is in force is not what was asked for');
  const until = Number(body['notAfterMs']);
  if (until !== Number(body['atMs']) + grant.durationMs)
    note(seen, leaf, 'a grant is in force for another time than was asked for');
  grant.activated = leaf.index;
  grant.notAfterMs = until;
}

function use(seen: Seen, grant: Grant, leaf: Leaf): void {
  const { body } = leaf;
  const kind = USES[body.kind];
  if (kind === undefined) return;
  seen.uses++;
  const thing = String(body[kind.thing]);
  if (grant.activated === null || body['activated'] !== grant.activated || grant.ended)
    note(seen, leaf, 'something was done under a grant that was not in force');
  if (!(Number(body['atMs']) < grant.notAfterMs))
    note(seen, leaf, 'something was done under a grant that had expired');
  if (actorOf(body) !== grant.operator) note(seen, leaf, 'somebody used a grant of somebody else');
  if (!kind.for.includes(grant.capability) || !grant.scope.includes(thing))
    note(
      seen,
      leaf,
      `a grant for ${grant.capability} was used for \`${thing}\`, which it does not name`,
    );
  grant.rows += rowsOf(body);
  if (grant.rows > grant.rowsMax) note(seen, leaf, 'more rows were shown than the grant allows');
  if (body.kind === 'quarantine-revealed') reveal(seen, leaf);
}

function rowsOf(body: Body): number {
  if (body.kind === 'ops-queried') return Number(body['rows']);
  return body.kind === 'quarantine-revealed' ? 1 : 0;
}

/** What was shown is what was kept. */
function reveal(seen: Seen, leaf: Leaf): void {
  seen.revealed++;
  const kept = seen.kept.get(String(leaf.body['item']));
  if (kept === undefined) {
    seen.orphans.push(finding(`leaf ${leaf.index}`, 'an item was shown that was never kept'));
    return;
  }
  if (kept['digest'] !== leaf.body['digest'] || kept['channel'] !== leaf.body['channel'])
    note(seen, leaf, 'what was shown is not what was kept under that name');
}

function actorOf(body: Body): string {
  const actor = body['actor'] as { readonly kind?: unknown; readonly id?: unknown } | undefined;
  return String(actor?.id ?? actor?.kind);
}

function note({ findings }: Seen, { index }: Leaf, what: string): void {
  if (findings.length < FINDINGS_MAX) findings.push(finding(`leaf ${index}`, what));
}

function reportOf(seen: Seen, minimum: number): Report {
  const { grants, uses, revealed, emergencies, orphans } = seen;
  const pruned = minimum > 0;
  const findings = pruned ? seen.findings : [...seen.findings, ...orphans];
  if (grants.size === 0 && uses === 0 && findings.length === 0 && orphans.length === 0) {
    return { proved: ['no operator asked for access'], unchecked: [], findings: [] };
  }
  const sure = `${uses} uses of ${grants.size} grants, each within one that was approved and in force; ${revealed} items of data were shown`;
  return {
    proved: findings.length === 0 ? [sure] : [],
    unchecked: [
      'whether those who approved grants were people of the customer: who has which permission is control’s',
      ...(emergencies > 0
        ? [`${emergencies} grants were emergencies that nobody approved first`]
        : []),
      ...(pruned && orphans.length > 0
        ? [`${orphans.length} leaves about grants or items whose beginning was pruned`]
        : []),
    ],
    findings,
  };
}
