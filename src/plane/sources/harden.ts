import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { secret } from '#base/secret';
import { databaseProblem, transaction } from '#platform/db';
import { withSource } from './connect.ts';
import type { Credentials } from './connect.ts';
import { gateCredentials, named, registeredCredentials } from './context.ts';
import type { Actor, SourcesSettings } from './context.ts';
import { dictionaryFacts, dictionaryOf } from './dictionary.ts';
import { exposure, isTight } from './exposure.ts';
import type { Finding } from './finding.ts';
import { gateRoleName, gateSalt, installGate, newGatePassword, removeGate } from './gaterole.ts';
import { headOf, lookAgain } from './register.ts';
import { findSystem, setMode } from './systemtable.ts';
import type { Mode, SystemRow } from './systemtable.ts';
import { sealPassword } from './vault.ts';

/** A role with more rights, used once for hardening and kept nowhere. */
export type Administrator = { readonly user: string; readonly password: Secret | null };

export type HardenResult = {
  readonly outcome: 'hardened' | 'refused';
  readonly role: string;
  /** What the gate role could do, blocking findings first, each with the statement that settles it. */
  readonly findings: readonly Finding[];
};

/**
 * Gives a system a role without rights on base tables and a schema of views, and checks as that role that the server
 * refuses it every base table. While something is open the system is not called hardened: the answer lists what to
 * revoke, and the same call after that completes it. A second call gives the role a new password.
 */
export async function hardenSystem(
  settings: SourcesSettings,
  { name, administrator }: { readonly name: string; readonly administrator: Administrator | null },
  actor: Actor,
): Promise<HardenResult> {
  const system = await findSystem(settings.pool, name);
  const own = await registeredCredentials(settings, system);
  const role = gateRoleName(name);
  const password = secret(newGatePassword(settings.random));
  const gate = {
    role,
    password: password.reveal(),
    systemId: system.id,
    owner: system.address.user,
    salt: gateSalt(settings.random),
  };
  await withSource(settings.egress, asAdministrator(own, administrator), (client) =>
    installGate(client, gate),
  );
  const address = { ...own.address, user: role };
  const findings = await withSource(settings.egress, { ...own, address, password }, (client) =>
    exposure(client, role),
  );
  const use = { systemId: system.id, of: 'gate' } as const;
  const gatePassword = await sealPassword(settings.sealer, use, password);
  const outcome = isTight(findings) ? 'hardened' : 'refused';
  await keepMode(settings, system, {
    next: { mode: outcome === 'hardened' ? 'hardened' : 'splice', gateRole: role, gatePassword },
    leaf: {
      kind: 'source-hardened',
      actor,
      system: named(system),
      role,
      findings: findings.length,
      outcome,
    },
  });
  return { outcome, role, findings };
}

/** Takes views, schema and role out of a system and goes back to rewriting alone. */
export async function unhardenSystem(
  settings: SourcesSettings,
  { name, administrator }: { readonly name: string; readonly administrator: Administrator | null },
  actor: Actor,
): Promise<void> {
  const system = await findSystem(settings.pool, name);
  const role = system.gateRole;
  if (role === null) throw new Problem('conflict', `\`${name}\` is not hardened`);
  // The mode first: nobody may be sent to a role that is about to go.
  await keepMode(settings, system, {
    next: { mode: 'splice', gateRole: role, gatePassword: null },
    leaf: { kind: 'source-unhardened', actor, system: named(system), role },
  });
  const own = await registeredCredentials(settings, system);
  await withSource(settings.egress, asAdministrator(own, administrator), (client) =>
    removeGate(client, role),
  );
  await setMode(settings.pool, system.id, { mode: 'splice', gateRole: null, gatePassword: null });
}

function asAdministrator(own: Credentials, administrator: Administrator | null): Credentials {
  if (administrator === null) return own;
  const address = { ...own.address, user: administrator.user };
  return { ...own, address, password: administrator.password };
}

type Change = {
  readonly next: Parameters<typeof setMode>[2];
  readonly leaf: Parameters<SourcesSettings['ledger']['append']>[1];
};

/** Writes the mode down with its leaf, and tells control when it is another. */
async function keepMode(
  settings: SourcesSettings,
  system: SystemRow,
  { next, leaf }: Change,
): Promise<void> {
  const dictionary =
    next.mode === system.mode ? null : dictionaryOf(await lookAgain(settings, system));
  await transaction(settings.pool, async (tx) => {
    const version = await setMode(tx, system.id, next);
    if (dictionary !== null) {
      const head = { ...headOf(system, settings.clock()), mode: next.mode, version };
      await settings.border.store(tx, dictionaryFacts(head, dictionary));
    }
    await settings.ledger.append(tx, leaf);
  }).catch((thrown: unknown) => {
    throw databaseProblem(thrown);
  });
  settings.border.wake();
}

/** The credentials statements of people run with: those of the gate role, or of the registered role. */
export async function statementCredentials(
  settings: SourcesSettings,
  system: SystemRow,
  mode: Mode,
): Promise<Credentials> {
  if (mode === 'splice') return registeredCredentials(settings, system);
  const gate = system.mode === 'hardened' ? await gateCredentials(settings, system) : null;
  if (gate !== null) return gate;
  throw new Problem('conflict', `\`${system.name}\` is not hardened`, {
    hint: `run \`privet system harden ${system.name}\``,
  });
}
