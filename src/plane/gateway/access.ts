import { createHash } from 'node:crypto';
import { fromBase64 } from '#base/bytes';
import type { Bundle, BundleSubject } from '#boundary';
import { decide, decideVault, prepare } from '#engines/policy';
import type { VaultDecision, VaultRequest } from '#engines/policy';
import type { ScramVerifier } from '#engines/pgwire';
import { staleAtMs } from '#plane/border';
import type { AccessView, GatewaySubject } from './port.ts';

/** What every door of the plane decides from: one bundle, prepared once. */
export type PreparedBundle = AccessView & {
  decideVault(request: VaultRequest): VaultDecision;
};

/** A bundle made ready for the gateway, once; throws `invalid` when a policy in it cannot be read. */
export function accessViewOf(
  bundle: Bundle,
  expiresAtMs: number = staleAtMs(bundle),
): PreparedBundle {
  const view = prepare(bundle, {
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  const subjects = new Map(bundle.subjects.map((subject) => [subject.name, subjectOf(subject)]));
  const sources = new Map(
    bundle.sources
      .filter((source) => source.state === 'active')
      .map((source) => [sourceKey(source.system, source.schema, source.name), source.id]),
  );
  const projects = new Map<string, `prj_${string}`>();
  for (const project of view.facts.projects) {
    projects.set(project.name, project.id as `prj_${string}`);
    projects.set(project.id, project.id as `prj_${string}`);
  }
  return {
    serial: bundle.serial,
    expiresAtMs,
    subject: (name) => subjects.get(name),
    source: (system, schema, name) => sources.get(sourceKey(system, schema, name)),
    project: (idOrName) => projects.get(idOrName),
    decide: (request) => decide(view, request),
    decideVault: (request) => decideVault(view, request),
  };
}

function sourceKey(system: string, schema: string, name: string): string {
  return JSON.stringify([system, schema, name]);
}

function subjectOf(subject: BundleSubject): GatewaySubject {
  return {
    id: subject.id,
    name: subject.name,
    state: subject.state,
    password: verifierOf(subject.scram),
    tokens: subject.tokens.map((token) => ({
      id: token.id,
      expiresAtMs: token.expiresAtMs,
      verifier: verifierOf(token.scram),
    })),
  };
}

function verifierOf(scram: BundleSubject['scram']): ScramVerifier | null {
  if (scram === null) return null;
  return {
    salt: fromBase64(scram.salt),
    iterations: scram.iterations,
    storedKey: fromBase64(scram.storedKey),
    serverKey: fromBase64(scram.serverKey),
  };
}
