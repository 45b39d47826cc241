import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hex } from '#base/bytes';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { recordAct } from './act.ts';
import { planeName } from './name.ts';
import { touch } from './revision.ts';
import { digestOf, newSecret } from './secret.ts';
import { momentOf } from './work.ts';
import type { Work } from './work.ts';

const INSERT = statement(import.meta.url, 'sql/insert-plane.sql');
const LIST = statement(import.meta.url, 'sql/list-planes.sql');
const USE = statement(import.meta.url, 'sql/use-plane.sql');
const NOTE = statement(import.meta.url, 'sql/note-plane.sql');
const SET_TOKEN = statement(import.meta.url, 'sql/set-plane-token.sql');
const PIN = statement(import.meta.url, 'sql/pin-plane.sql');
const SET_URL = statement(import.meta.url, 'sql/set-plane-url.sql');
const SET_STATE = statement(import.meta.url, 'sql/set-plane-state.sql');

/** A data plane as control knows it. */
export type Plane = {
  readonly name: string;
  readonly region: string;
  /** Base address of the plane's own HTTPS API, for people's browsers and the CLI. */
  readonly url: string;
  readonly state: 'active' | 'disabled';
  readonly enrolledAt: string;
  readonly seenAt: string | null;
  readonly bundleSerial: number;
  readonly actsWaiting: number;
  /** SHA-256 of the certificate it must show, in hex; null before it was first heard. */
  readonly certificate: string | null;
};

export type PlaneSpec = {
  readonly name: string;
  readonly url: string;
  readonly region?: string | undefined;
};

/** Makes a plane known and gives its token, shown once; throws `conflict` when the name is taken. */
export async function enrolPlane(work: Work, spec: PlaneSpec): Promise<string> {
  const name = planeName(spec.name);
  const token = newSecret('privet_pln_', work.random);
  const row = [name, spec.region ?? '', planeUrl(spec.url), digestOf(token), momentOf(work)];
  const { rowCount } = await work.tx.query(INSERT, [...row, work.actor.name]);
  if (rowCount === 0) throw new Problem('conflict', `plane \`${name}\` is enrolled already`);
  await finish(work, 'plane-enrolled', name);
  return token;
}

/** A plane whose token lies in a file beside it, as on one machine; the file is written when it is not there. */
export type LocalPlane = PlaneSpec & { readonly tokenFile: string };

/** Enrols the plane of this machine on first start, keeps its address, and gives it a new token when its file was lost. */
export async function ensureLocalPlane(work: Work, plane: LocalPlane): Promise<void> {
  const known = await listPlanes(work.tx, plane.name);
  if (known.length > 0 && known[0]?.url !== planeUrl(plane.url)) {
    await change(work, SET_URL, [plane.name, planeUrl(plane.url)]);
  }
  if (known.length > 0 && existsSync(plane.tokenFile)) {
    const held = readFileSync(plane.tokenFile, 'utf8').trim();
    const owner = await authenticatePlane(work.tx, held).catch(() => undefined);
    if (owner?.name === plane.name) return;
  }
  const token =
    known.length > 0 ? await rollPlaneToken(work, plane.name) : await enrolPlane(work, plane);
  writeFileSync(plane.tokenFile, `${token}\n`, { mode: 0o600 });
}

/** Replaces a plane's token: the old one stops working at once. */
export async function rollPlaneToken(work: Work, name: string): Promise<string> {
  const token = newSecret('privet_pln_', work.random);
  await change(work, SET_TOKEN, [name, digestOf(token)]);
  await finish(work, 'plane-enrolled', name);
  return token;
}

/** Shuts a plane out, or lets it in again; it keeps deciding from its last bundle until that is too old. */
export async function setPlaneState(
  work: Work,
  name: string,
  state: Plane['state'],
): Promise<void> {
  await change(work, SET_STATE, [name, state]);
  await finish(work, state === 'active' ? 'plane-enrolled' : 'plane-disabled', name);
}

/** Planes by name; `name` picks one. */
export async function listPlanes(tx: Queryable, name?: string): Promise<readonly Plane[]> {
  const { rows } = await tx.query<PlaneRow>(LIST, [name ?? null]);
  return rows.map((row) => ({
    name: row.name,
    region: row.region,
    url: row.url,
    state: row.state,
    enrolledAt: row.enrolled_at.toISOString(),
    seenAt: row.seen_at?.toISOString() ?? null,
    bundleSerial: Number(row.bundle_serial),
    actsWaiting: Number(row.acts_waiting),
    certificate: row.certificate_sha256 === null ? null : hex(row.certificate_sha256),
  }));
}

/** One plane; throws `not-found`. */
export async function findPlane(tx: Queryable, name: string): Promise<Plane> {
  const [found] = await listPlanes(tx, name);
  if (found === undefined) throw new Problem('not-found', `no plane is called \`${name}\``);
  return found;
}

export type KnownPlane = Pick<Plane, 'name' | 'region' | 'url'>;

/** Whose token that is, with the certificate (SHA-256) it must come with, null before its first; throws `unauthenticated`. */
export async function authenticatePlane(
  tx: Queryable,
  token: string,
): Promise<KnownPlane & { readonly pinned: Uint8Array | null }> {
  type Row = KnownPlane & { readonly certificate_sha256: Uint8Array | null };
  const { rows } = await tx.query<Row>(USE, [digestOf(token)]);
  if (rows[0] === undefined) {
    throw new Problem('unauthenticated', 'the plane token is not valid', {
      hint: 'enrol the plane, or give it a new token: `privet planes roll`',
    });
  }
  const { certificate_sha256: pinned, ...plane } = rows[0];
  return { ...plane, pinned };
}

/** Takes the first certificate a plane shows as the only one from now; throws `conflict` when another was quicker. */
export async function pinPlane(work: Work, name: string, sha256: Uint8Array): Promise<void> {
  const { rowCount } = await work.tx.query(PIN, [name, sha256]);
  if (rowCount === 0) throw new Problem('conflict', 'the plane has a certificate by now');
  await recordAct(work, { action: 'plane-pinned', target: name });
  await touch(work.tx);
}

/** What a plane said about itself: the newest bundle it holds and the last act in its ledger. */
export type PlaneNote = { readonly bundleSerial: number; readonly actsThrough: number };

export async function notePlane(
  tx: Queryable,
  name: string,
  note: PlaneNote & { readonly nowMs: number },
): Promise<void> {
  await tx.query(NOTE, [name, new Date(note.nowMs), note.actsThrough, note.bundleSerial]);
}

async function change(work: Work, sql: string, values: readonly unknown[]): Promise<void> {
  const { rowCount } = await work.tx.query(sql, [...values]);
  if (rowCount === 0) throw new Problem('not-found', `no plane is called \`${String(values[0])}\``);
}

async function finish(
  work: Work,
  action: 'plane-enrolled' | 'plane-disabled',
  target: string,
): Promise<void> {
  await recordAct(work, { action, target });
  await touch(work.tx);
}

function planeUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' && url.pathname === '/' && url.search === '' && !url.username) {
    return url.origin;
  }
  throw new Problem('invalid', 'plane address expected `https://host:port`', {
    hint: 'it is where people’s browsers and the command line reach the plane',
  });
}

type PlaneRow = {
  readonly name: string;
  readonly region: string;
  readonly url: string;
  readonly state: Plane['state'];
  readonly enrolled_at: Date;
  readonly seen_at: Date | null;
  readonly bundle_serial: string;
  readonly acts_waiting: string;
  readonly certificate_sha256: Uint8Array | null;
};
