import { databaseProblem, transaction } from '#platform/db';
import { withSource } from './connect.ts';
import { gateCredentials, named, registeredCredentials } from './context.ts';
import type { Actor, SourcesSettings } from './context.ts';
import { dictionaryFacts, dictionaryOf } from './dictionary.ts';
import type { Dictionary } from './dictionary.ts';
import { exposure } from './exposure.ts';
import { roleFindings } from './finding.ts';
import type { Finding } from './finding.ts';
import { readPulse, survey } from './introspect.ts';
import type { Survey } from './introspect.ts';
import { headOf } from './register.ts';
import { refreshSystem } from './systemtable.ts';
import type { SystemRow } from './systemtable.ts';

/** One look at a system: what it holds, and the pulse it had then. */
export type Look = {
  readonly survey: Survey;
  readonly pulse: string;
  /** Digest of the dictionary, as control is told it. */
  readonly digest: string;
};

/** What is told when a system was looked at: the new look, or that nothing changed since the last. */
export type Sight = { readonly kind: 'same' } | { readonly kind: 'seen'; readonly look: Look };

/** Looks at a system; when its pulse is the one known, at nothing else. Throws the source's fault. */
export async function lookAt(
  settings: SourcesSettings,
  system: SystemRow,
  knownPulse: string | null,
): Promise<Sight> {
  const credentials = await registeredCredentials(settings, system);
  return withSource(settings.egress, credentials, async (client) => {
    const pulse = await readPulse(client);
    if (pulse === knownPulse) return { kind: 'same' };
    const seen = await survey(client, system.schemas);
    return { kind: 'seen', look: { survey: seen, pulse, digest: dictionaryOf(seen).digest } };
  });
}

/**
 * Writes down what a look found: new findings always, and when the dictionary changed a new version with a leaf and
 * the facts for control. Gives false when another process was quicker; its look is as good as ours.
 */
export async function keepLook(
  settings: SourcesSettings,
  { system, look }: { readonly system: SystemRow; readonly look: Look },
  actor: Actor,
): Promise<boolean> {
  const dictionary = dictionaryOf(look.survey);
  const found = {
    serverVersion: look.survey.server.version,
    digest: dictionary.digest,
    refreshedAtMs: settings.clock(),
    findings: await findingsOf(settings, system, look.survey),
  };
  const kept = await transaction(settings.pool, async (tx) => {
    const version = await refreshSystem(tx, system, found);
    if (version === null) return false;
    if (version === system.version) return true;
    const head = { ...headOf(system, found.refreshedAtMs), mode: system.mode, version };
    await settings.border.store(tx, dictionaryFacts(head, dictionary));
    await settings.ledger.append(tx, refreshedLeaf(system, { version, dictionary, actor }));
    return true;
  }).catch((thrown: unknown) => {
    throw databaseProblem(thrown);
  });
  settings.border.wake();
  return kept;
}

function refreshedLeaf(
  system: SystemRow,
  about: { readonly version: number; readonly dictionary: Dictionary; readonly actor: Actor },
) {
  const { version, dictionary, actor } = about;
  return {
    kind: 'source-refreshed' as const,
    actor,
    system: named(system),
    version,
    digest: dictionary.digest,
    relations: dictionary.relations.length,
    columns: dictionary.columns,
  };
}

/** What to look at: about the registered role, and in a hardened system about the gate role. */
async function findingsOf(
  settings: SourcesSettings,
  system: SystemRow,
  seen: Survey,
): Promise<readonly Finding[]> {
  const credentials = { address: system.address, password: null, authorities: null };
  const role = roleFindings(seen, credentials);
  const gate = system.mode === 'hardened' ? await gateCredentials(settings, system) : null;
  if (gate === null) return role;
  const exposed = await withSource(settings.egress, gate, (client) =>
    exposure(client, gate.address.user),
  );
  return [...exposed, ...role];
}
