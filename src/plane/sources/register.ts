import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { databaseProblem, transaction } from '#platform/db';
import type { Rule } from '#plane/egress';
import { addressFrom, systemName } from './address.ts';
import { withSource } from './connect.ts';
import type { Credentials } from './connect.ts';
import { endpointDigest, named, newSystemId, registeredCredentials } from './context.ts';
import type { Actor, SourcesSettings } from './context.ts';
import { dictionaryFacts, dictionaryOf } from './dictionary.ts';
import { roleFindings } from './finding.ts';
import type { Finding } from './finding.ts';
import { survey } from './introspect.ts';
import type { Survey } from './introspect.ts';
import { AUTHORITIES_BYTES_MAX } from './limits.ts';
import {
  findSystem,
  insertSystem,
  refuseDuplicate,
  removeSystem,
  setCredential,
} from './systemtable.ts';
import type { SystemRow } from './systemtable.ts';
import { sealPassword } from './vault.ts';

/** What a person gives to reach a database: the password apart from the connection string. */
export type Access = {
  readonly connection: string;
  readonly password: Secret | null;
  /** PEM of the authorities to believe; null for the system's. */
  readonly authorities?: string | null;
};

export type Registration = Access & {
  readonly name: string;
  /** Schemas to govern; null for all. */
  readonly schemas?: readonly string[] | null;
};

/** What a try found, without keeping anything. */
export type TrialReport = {
  readonly serverVersion: number;
  readonly relations: number;
  readonly columns: number;
  readonly findings: readonly Finding[];
};

export type Trial = { readonly access: Access; readonly schemas: readonly string[] | null };

/** Connects and looks; keeps nothing. Throws one of the faults of a source. */
export async function trySystem(
  settings: SourcesSettings,
  { access, schemas }: Trial,
  actor: Actor,
): Promise<TrialReport> {
  const credentials = credentialsOf(access);
  const rule = await settings.egress.rules.lend(credentials.address, actor);
  try {
    return reportOf(await look(settings, credentials, schemas), credentials);
  } finally {
    await settings.egress.rules.remove(rule.id, actor);
  }
}

/** Looks through a way that is lent for it; the caller keeps it, or it is closed when the look fails. */
async function lookAnew(
  settings: SourcesSettings,
  about: { readonly credentials: Credentials; readonly schemas: readonly string[] | null },
  actor: Actor,
): Promise<{ found: Survey; rule: Rule }> {
  const { credentials, schemas } = about;
  const rule = await settings.egress.rules.lend(credentials.address, actor);
  try {
    return { found: await look(settings, credentials, schemas), rule };
  } catch (thrown) {
    await settings.egress.rules.remove(rule.id, actor);
    throw thrown;
  }
}

function reportOf(found: Survey, credentials: Credentials): TrialReport {
  const { columns, relations } = dictionaryOf(found);
  return {
    serverVersion: found.server.version,
    relations: relations.length,
    columns,
    findings: roleFindings(found, credentials),
  };
}

/**
 * Registers a source system: connects, reads its dictionary, seals the password, and writes it down together with a
 * leaf and the facts for control. Throws `conflict` for a name or database that is registered, or a source's fault.
 */
export async function registerSystem(
  settings: SourcesSettings,
  registration: Registration,
  actor: Id<'sub'>,
): Promise<SystemRow> {
  const name = systemName(registration.name);
  const credentials = credentialsOf(registration);
  const schemas = registration.schemas ?? null;
  await refuseDuplicate(settings.pool, name, credentials.address).catch(asProblem);
  const by = { kind: 'subject', id: actor } as const;
  const { found, rule } = await lookAnew(settings, { credentials, schemas }, by);
  const dictionary = dictionaryOf(found);
  const id = newSystemId(settings);
  const use = { systemId: id, of: 'registered' } as const;
  const password =
    credentials.password === null
      ? null
      : await sealPassword(settings.sealer, use, credentials.password);
  const system = {
    id,
    name,
    address: credentials.address,
    authorities: credentials.authorities,
    schemas,
    password,
    registeredBy: actor,
    registeredAtMs: settings.clock(),
    serverVersion: found.server.version,
    digest: dictionary.digest,
    findings: roleFindings(found, credentials),
  };
  await transaction(settings.pool, async (tx) => {
    await insertSystem(tx, system);
    await settings.egress.rules.keep(tx, { rule, systemId: id }, by);
    const facts = dictionaryFacts({ ...headOf(system), mode: 'splice', version: 1 }, dictionary);
    await settings.border.store(tx, facts);
    await settings.ledger.append(tx, {
      kind: 'source-registered',
      actor: by,
      system: named(system),
      endpoint: endpointDigest(system.address),
      tls: system.address.tls,
      serverVersion: system.serverVersion,
    });
  }).catch(asProblem);
  settings.border.wake();
  return findSystem(settings.pool, name);
}

/** What every dictionary fact of a system says. */
export function headOf(
  system: Pick<SystemRow, 'id' | 'name' | 'registeredBy' | 'registeredAtMs' | 'serverVersion'>,
  timeMs = system.registeredAtMs,
) {
  const { registeredBy, registeredAtMs, serverVersion } = system;
  const state = 'present' as const;
  return { system: named(system), state, registeredBy, registeredAtMs, serverVersion, timeMs };
}

/** Replaces how a system is reached; only after the new way works, and only to the same database or a copy of it. */
export async function changeAccess(
  settings: SourcesSettings,
  { name, access }: { readonly name: string; readonly access: Access },
  actor: Actor,
): Promise<void> {
  const known = await findSystem(settings.pool, name);
  const credentials = credentialsOf(access);
  const { address, authorities } = credentials;
  if (known.mode === 'hardened' && address.user !== known.address.user) {
    throw new Problem(
      'conflict',
      `\`${name}\` is hardened with the views of \`${known.address.user}\``,
      {
        hint: 'unharden it first, then change the role, then harden it again',
      },
    );
  }
  const about = { credentials, schemas: known.schemas };
  const same = address.host === known.address.host && address.port === known.address.port;
  // The way it has stays as it is, with the connections that go there.
  if (same) await look(settings, credentials, known.schemas);
  const rule = same ? null : (await lookAnew(settings, about, actor)).rule;
  const use = { systemId: known.id, of: 'registered' } as const;
  const password =
    credentials.password === null
      ? null
      : await sealPassword(settings.sealer, use, credentials.password);
  const moved = endpointDigest(address) !== endpointDigest(known.address);
  await transaction(settings.pool, async (tx) => {
    await setCredential(tx, known.id, { address, authorities, password });
    if (rule !== null) {
      await settings.egress.rules.keep(tx, { rule, systemId: known.id }, actor);
    }
    await settings.ledger.append(tx, {
      kind: 'source-changed',
      actor,
      system: named(known),
      what: moved ? 'endpoint' : 'credential',
      endpoint: endpointDigest(address),
    });
  }).catch(asProblem);
}

/** Forgets a system: its credential, and at control its sources. A hardened one must be unhardened first. */
export async function forgetSystem(
  settings: SourcesSettings,
  name: string,
  actor: Actor,
): Promise<void> {
  const known = await findSystem(settings.pool, name);
  if (known.mode === 'hardened') {
    throw new Problem('conflict', `\`${name}\` is hardened: views and a role of ours stand in it`, {
      hint: `run \`privet system unharden ${name}\` first`,
    });
  }
  const nowMs = settings.clock();
  await transaction(settings.pool, async (tx) => {
    await removeSystem(tx, known.id);
    await settings.egress.rules.drop(tx, known.id, actor);
    const head = { ...headOf(known, nowMs), mode: known.mode, version: known.version + 1 };
    const empty = { digest: known.digest, relations: [], columns: 0 };
    await settings.border.store(tx, dictionaryFacts({ ...head, state: 'removed' }, empty));
    await settings.ledger.append(tx, { kind: 'source-removed', actor, system: named(known) });
  }).catch(asProblem);
  settings.border.wake();
}

/** Connects with the registered credential of a known system. */
export async function lookAgain(settings: SourcesSettings, system: SystemRow): Promise<Survey> {
  return look(settings, await registeredCredentials(settings, system), system.schemas);
}

function look(
  { egress }: SourcesSettings,
  credentials: Credentials,
  schemas: readonly string[] | null,
): Promise<Survey> {
  return withSource(egress, credentials, (client) => survey(client, schemas));
}

function credentialsOf(access: Access): Credentials {
  const authorities = access.authorities ?? null;
  if (authorities !== null && Buffer.byteLength(authorities) > AUTHORITIES_BYTES_MAX) {
    throw new Problem('limit', `certificates expected at most ${AUTHORITIES_BYTES_MAX} bytes`);
  }
  if (authorities !== null && !authorities.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Problem('invalid', 'certificates expected in PEM form');
  }
  return { address: addressFrom(access.connection), password: access.password, authorities };
}

function asProblem(thrown: unknown): never {
  throw databaseProblem(thrown);
}
