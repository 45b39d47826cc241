import { finding, FINDINGS_MAX } from './finding.ts';
import type { Finding, Report } from './finding.ts';
import type { Leaf } from './log.ts';

/** What the network itself counted towards an address, in bytes. */
export type Flow = { readonly address: string; readonly port: number; readonly bytes: number };

/** Retransmissions and headers: a flow log counts packets, the plane what it handed down. */
const FLOW_SHARE_MAX = 1.25;
const FLOW_BYTES_FREE = 64 * 1024;

/** Reads a flow log in the default form of version 2 of AWS's VPC flow logs; header lines and refused flows are passed over. */
export function readFlows(text: string, own: readonly string[]): readonly Flow[] {
  return text.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/u);
    const [, , , source = '', address = '', , port = '', , , bytes = '', , , action = ''] = words;
    if (action !== 'ACCEPT' || !own.includes(source)) return [];
    return [{ address, port: Number(port), bytes: Number(bytes) }];
  });
}

type Connection = {
  readonly index: number;
  readonly address: string;
  readonly port: number;
  bytesOut: number;
  closed: boolean;
};
/** How ids of rules begin that stand in the settings and not in the database (docs/formats/egress-rule.md). */
const OF_SETTINGS = 'setting-';

/** What a rule names, which every connection under it names too. */
const NAMED = ['workload', 'purpose', 'host', 'port'] as const;

type Rule = { readonly expiresAtMs: number | null; readonly named: readonly unknown[] };

export type EgressCheck = { see(leaf: Leaf): void; report(): Report };

type Seen = {
  readonly rules: Map<string, Rule>;
  readonly connections: Map<string, Connection>;
  readonly findings: Finding[];
  /** Rules of the settings file that connections were opened under and no leaf tells of, as planes did before they wrote one at start. */
  readonly settings: Set<string>;
  refused: number;
  /** Starts and stops of the plane: a connection may be cut by one without a leaf. */
  stops: number;
};

/** Follows every connection from its opening to its end, and each opening to a rule that stood at that moment. */
export function checkEgress(flows: readonly Flow[] | null): EgressCheck {
  const seen: Seen = {
    rules: new Map(),
    connections: new Map(),
    findings: [],
    settings: new Set(),
    refused: 0,
    stops: 0,
  };
  return {
    see: (leaf) => see(seen, leaf),
    report() {
      const byFlows = flows === null ? [] : compareFlows(flows, [...seen.connections.values()]);
      return {
        proved: [
          ...provedBy(seen),
          ...(flows !== null && byFlows.length === 0
            ? ['the network counted no byte to an address that no connection accounts for']
            : []),
        ],
        unchecked: uncheckedBy(seen, flows),
        findings: [...seen.findings, ...byFlows],
      };
    },
  };
}

function see(seen: Seen, { index, body }: Leaf): void {
  switch (body.kind) {
    case 'egress-rule-added':
      seen.rules.set(String(body['rule']), {
        expiresAtMs: body['expiresAtMs'] as number | null,
        named: NAMED.map((name) => body[name]),
      });
      break;
    case 'egress-rule-removed':
      seen.rules.delete(String(body['rule']));
      break;
    case 'egress-opened':
      open(seen, index, body);
      break;
    case 'egress-continues':
    case 'egress-closed':
      move(seen, index, body);
      break;
    case 'egress-refused':
      seen.refused += Number(body['attempts']);
      break;
    case 'plane-started':
    case 'plane-stopped':
      seen.stops++;
      break;
    default:
  }
}

function note({ findings }: Seen, index: number, what: string): void {
  if (findings.length < FINDINGS_MAX) findings.push(finding(`leaf ${index}`, what));
}

function open(seen: Seen, index: number, body: Leaf['body']): void {
  const rule = seen.rules.get(String(body['rule']));
  const expired = rule?.expiresAtMs !== null && (rule?.expiresAtMs ?? 0) <= Number(body['time']);
  const name = String(body['rule']);
  if (rule === undefined && name.startsWith(OF_SETTINGS)) seen.settings.add(name);
  else if (rule === undefined) {
    note(seen, index, 'a connection was opened under a rule that no leaf tells of');
  } else if (NAMED.some((field, i) => body[field] !== rule.named[i])) {
    note(seen, index, 'a connection was opened that its rule does not let out');
  } else if (expired) note(seen, index, 'a connection was opened under a rule that had expired');
  seen.connections.set(String(body['connection']), openedBy(index, body));
}

function move(seen: Seen, index: number, body: Leaf['body']): void {
  const connection = seen.connections.get(String(body['connection']));
  if (connection === undefined)
    return note(seen, index, 'a connection goes on that was never opened');
  if (connection.closed) return note(seen, index, 'a connection goes on that was closed');
  if (Number(body['bytesOut']) < connection.bytesOut)
    return note(seen, index, 'a connection took back bytes');
  connection.bytesOut = Number(body['bytesOut']);
  connection.closed = body.kind === 'egress-closed';
  return undefined;
}

function provedBy({ connections, findings, refused }: Seen): readonly string[] {
  if (connections.size === 0 || findings.length > 0) return [];
  const out = [...connections.values()].reduce((sum, { bytesOut }) => sum + bytesOut, 0);
  return [
    `${connections.size} connections left the plane, each under a rule that stood: ${out} bytes out; ${refused} attempts were refused`,
  ];
}

function uncheckedBy(
  { connections, settings, stops }: Seen,
  flows: readonly Flow[] | null,
): readonly string[] {
  const open = [...connections.values()].filter(({ closed }) => !closed).length;
  return [
    ...(settings.size > 0
      ? [
          `what the settings of the plane allow: connections were opened under ${[...settings].join(', ')}`,
        ]
      : []),
    ...(open > 0
      ? [`${open} connections have no end in the log; the plane started or stopped ${stops} times`]
      : []),
    ...(flows === null ? ['whether the network saw bytes that no leaf tells of (--flows)'] : []),
  ];
}

function openedBy(index: number, body: Leaf['body']): Connection {
  return {
    index,
    address: String(body['address']),
    port: Number(body['port']),
    bytesOut: 0,
    closed: false,
  };
}

function compareFlows(
  flows: readonly Flow[],
  connections: readonly Connection[],
): readonly Finding[] {
  const place = ({ address, port }: { address: string; port: number }) => `${address} port ${port}`;
  const told = Map.groupBy(connections, place);
  const seen = Map.groupBy(flows, place);
  return [...seen].flatMap(([where, list]) => {
    const bytes = list.reduce((sum, flow) => sum + flow.bytes, 0);
    const accounted = (told.get(where) ?? []).reduce((sum, one) => sum + one.bytesOut, 0);
    if (bytes <= accounted * FLOW_SHARE_MAX + (told.has(where) ? FLOW_BYTES_FREE : 0)) return [];
    return [
      finding('flow log', `${bytes} bytes went to ${where}; the log accounts for ${accounted}`),
    ];
  });
}
