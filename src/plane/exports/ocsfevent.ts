import { unreachable } from '#base/assert';
import type { Json } from '#base/canonical';
import { actorOf, textAt } from './exportedleaf.ts';
import type { ExportedLeaf, Fields } from './exportedleaf.ts';
import { CLASSES, readingOf } from './ocsfclass.ts';
import type { Reading } from './ocsfclass.ts';

/** The version events are written for and validated against; minor versions move fields, so it is pinned. */
export const OCSF_VERSION = '1.8.0';

const SEVERITIES = { informational: 1, medium: 3, high: 4, critical: 5 } as const;
const STATUSES = { success: 1, failure: 2 } as const;
/** Of `user.type_id`: a person or service account, and the plane or control itself. */
const [USER, SYSTEM] = [1, 3];
const DATABASE_OTHER = 99;
const DIRECTION_OUTBOUND = 2;

/** A leaf as one OCSF event (docs/formats/ledger-export.md): `raw_data` is the entry, so that its leaf hash can be computed. */
export function ocsfEvent(leaf: ExportedLeaf): { readonly [name: string]: Json } {
  const { index, fields, entry } = leaf;
  const { kind, plane, time } = fields;
  const reading = readingOf(fields);
  const classUid = CLASSES[reading.class];
  return {
    activity_id: reading.activity,
    activity_name: kind,
    category_uid: Math.floor(classUid / 1_000),
    class_uid: classUid,
    type_uid: classUid * 100 + reading.activity,
    time,
    severity_id: SEVERITIES[reading.severity],
    status_id: STATUSES[reading.outcome],
    ...because(fields),
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Privet', vendor_name: 'Privet', uid: `privet/${plane}` },
      uid: `${plane}/${index}`,
      sequence: index,
      event_code: kind,
      log_name: 'ledger',
    },
    ...ofClass(reading, fields),
    raw_data: entry,
    unmapped: {
      leaf_hash: leaf.leafHash,
      chain: leaf.chain,
      ...(leaf.details === null ? {} : { details: leaf.details }),
    },
  };
}

function because(fields: Fields): { readonly [name: string]: Json } {
  const word = textAt(fields, 'reason') ?? textAt(fields, 'code');
  // `reason` of an unmask is what a person wrote, which is no status.
  return word === null || fields.kind === 'unmask' ? {} : { status_code: word };
}

function ofClass(reading: Reading, fields: Fields): { readonly [name: string]: Json } {
  const actor = { user: userOf(fields), ...sessionOf(fields) };
  const place = { src_endpoint: callerOf(fields) };
  switch (reading.class) {
    case 'authentication':
      return { user: userOf(fields), ...place, ...serviceOf(fields), ...sessionOf(fields) };
    case 'networkActivity':
      return { ...connectionOf(fields) };
    case 'applicationLifecycle':
      return { app: { name: 'privet plane', uid: fields.plane, ...versionOf(fields) } };
    case 'apiActivity':
      return { actor, ...place, api: { operation: textAt(fields, 'operation') ?? fields.kind } };
    case 'datastoreActivity':
      return { actor, ...place, ...storeOf(fields) };
    default:
      return unreachable(reading.class);
  }
}

function userOf(fields: Fields): { readonly [name: string]: Json } {
  const id = actorOf(fields);
  const name = textAt(fields['actor'], 'kind') ?? 'unknown';
  return id === null ? { name, type_id: SYSTEM } : { uid: id, type_id: USER };
}

function sessionOf(fields: Fields): { readonly [name: string]: Json } {
  const session = textAt(fields, 'session');
  return session === null ? {} : { session: { uid: session } };
}

/** Where the caller came from: its address, where that goes along, else the door it came through. */
function callerOf(fields: Fields): { readonly [name: string]: Json } {
  const ip = textAt(fields, 'address');
  const door = textAt(fields, 'door') ?? 'plane';
  return { svc_name: `privet ${door}`, ...(ip === null ? {} : { ip }) };
}

function serviceOf(fields: Fields): { readonly [name: string]: Json } {
  const door = textAt(fields, 'door') ?? 'api';
  const name = textAt(fields['system'], 'name');
  return { service: { name: `privet ${door}`, ...(name === null ? {} : { uid: name }) } };
}

function versionOf(fields: Fields): { readonly [name: string]: Json } {
  const version = textAt(fields, 'version');
  return version === null ? {} : { version };
}

/** What was read or written: the vault's table, the one source, or the source system. */
function storeOf(fields: Fields): { readonly [name: string]: Json } {
  const database = databaseOf(fields);
  const sources = sourcesOf(fields);
  const table = textAt(fields, 'table') ?? textAt(fields, 'source') ?? sources[0] ?? null;
  const statement = statementOf(fields);
  return {
    ...(database === null ? {} : { database: { type_id: DATABASE_OTHER, ...database } }),
    ...(table === null ? {} : { table: { uid: table, ...groupsOf(sources) } }),
    ...(database === null && table === null
      ? { database: { type_id: DATABASE_OTHER, uid: fields.plane } }
      : {}),
    ...(statement === null ? {} : { query_info: statement }),
  };
}

function databaseOf(fields: Fields): { readonly [name: string]: Json } | null {
  const [uid, name] = [textAt(fields['system'], 'id'), textAt(fields['system'], 'name')];
  if (uid !== null && name !== null) return { uid, name };
  const vault = textAt(fields, 'vault') ?? textAt(fields, 'warehouse');
  return vault === null ? null : { uid: vault };
}

function sourcesOf({ sources }: Fields): readonly string[] {
  if (!Array.isArray(sources)) return [];
  return (sources as readonly Json[]).flatMap((one) => {
    const id = typeof one === 'string' ? one : textAt(one, 'source');
    return id === null ? [] : [id];
  });
}

/** OCSF has room for one table: the others of a statement are named beside it. */
function groupsOf(sources: readonly string[]): { readonly [name: string]: Json } {
  return sources.length < 2 ? {} : { groups: sources.slice(1).map((uid) => ({ uid })) };
}

/** The statement without its literals, where details go along. */
function statementOf(fields: Fields): { readonly [name: string]: Json } | null {
  const [text, uid] = [textAt(fields, 'normalized'), textAt(fields, 'fingerprint')];
  if (text === null) return null;
  return { query_string: text, ...(uid === null ? { name: 'statement' } : { uid }) };
}

function connectionOf(fields: Fields): { readonly [name: string]: Json } {
  const [ip, hostname] = [textAt(fields, 'address'), textAt(fields, 'host')];
  const { port, bytesIn, bytesOut } = fields;
  const target = {
    ...(ip === null ? {} : { ip }),
    ...(hostname === null ? {} : { hostname }),
    ...(typeof port === 'number' ? { port } : {}),
  };
  const uid = textAt(fields, 'connection');
  const named = ip !== null || hostname !== null;
  return {
    src_endpoint: { svc_name: textAt(fields, 'workload') ?? 'privet plane' },
    ...(named ? { dst_endpoint: target } : {}),
    connection_info: { direction_id: DIRECTION_OUTBOUND, ...(uid === null ? {} : { uid }) },
    ...(typeof bytesIn === 'number' && typeof bytesOut === 'number'
      ? { traffic: { bytes_in: bytesIn, bytes_out: bytesOut } }
      : {}),
  };
}
