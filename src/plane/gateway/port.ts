import type { Socket } from 'node:net';
import type { FactBody } from '#boundary';
import type { MaskKey } from '#engines/crypto';
import type { Decision, Request } from '#engines/policy';
import type { BindMessage, Field, ScramVerifier } from '#engines/pgwire';
import type { Barrier, Catalog, PlanSession, StatementPlan } from '#engines/sql';
import type { LeafBody, Urgency } from '#plane/ledger';
import type { Log, Registry } from '#platform/telemetry';

/** A person or service account as the gateway needs it. */
export type GatewaySubject = {
  readonly id: `sub_${string}`;
  readonly name: string;
  readonly state: 'active' | 'locked' | 'disabled';
  readonly password: ScramVerifier | null;
  readonly tokens: readonly GatewayToken[];
};

export type GatewayToken = {
  readonly id: `tok_${string}`;
  readonly expiresAtMs: number;
  readonly verifier: ScramVerifier | null;
};

/** One bundle, ready to be asked; immutable, so holding one means holding one policy. */
export type AccessView = {
  readonly serial: number;
  /** When this bundle is too old to decide from. */
  readonly expiresAtMs: number;
  subject(name: string): GatewaySubject | undefined;
  /** Id of an active source, or undefined for a relation nobody registered or somebody disabled. */
  source(system: string, schema: string, name: string): `src_${string}` | undefined;
  /** The id of a project given by id or name, or undefined. */
  project(idOrName: string): `prj_${string}` | undefined;
  decide(request: Request): Decision;
};

/** The newest bundle, or null when there is none yet; called for every statement, so it must be cheap. */
export type AccessPort = () => AccessView | null;

/** How a session reaches its source system. */
export type UpstreamAddress = {
  /** Host name, address, or a directory that holds a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: { reveal(): string } | null;
  readonly tls: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  /** PEM certificates to trust; null for the system's. */
  readonly certificateAuthorities: string | null;
};

/** A registered source system as it stands now. */
export type SourceSystem = {
  readonly id: `sys_${string}`;
  readonly name: string;
  readonly mode: 'hardened' | 'splice';
  readonly catalog: Catalog;
};

export type SourcePort = {
  /** The system of that name with its newest catalog, or undefined; cheap when nothing changed. */
  system(name: string): Promise<SourceSystem | undefined>;
  /** Where its sessions connect; throws `unavailable` when the credential cannot be opened. */
  address(name: string): Promise<UpstreamAddress>;
  /** Makes sure that barrier views stand in a hardened system, and gives their OIDs by name. */
  install(name: string, barriers: readonly Barrier[]): Promise<ReadonlyMap<string, number>>;
};

/** A vault as a database of the gateway. */
export type VaultPlace = { readonly id: `vlt_${string}`; readonly name: string };

/** Who asks a vault, and for what. */
export type VaultAsker = {
  readonly subject: GatewaySubject['id'];
  /** Ties leaves together. */
  readonly session: string;
  /** Where the client is; empty when that is not known. */
  readonly address: string;
  readonly purpose: string | null;
  readonly ticket: string | null;
  /** At which level a bare column is meant; null for what the column says. */
  readonly redaction: string | null;
};

export type VaultRun = {
  readonly parameterTypes: readonly number[];
  /** As Bind has them; null describes and runs nothing. */
  readonly bound: Pick<BindMessage, 'parameters' | 'resultFormats'> | null;
  readonly settings: readonly (readonly [name: string, value: string])[];
  readonly signal: AbortSignal;
};

/** What came of a statement: columns (null for none), bodies of DataRow messages, the tag of CommandComplete. */
export type VaultServed = {
  readonly parameterTypes: readonly number[];
  readonly fields: readonly Field[] | null;
  readonly rows: readonly Uint8Array[];
  readonly tag: string;
};

/** A statement that was understood for its asker as things stand now; it is asked for again each time it runs. */
export type VaultStatement = {
  readonly plan: StatementPlan;
  /** Throws a `Problem`, a `StatedProblem` where PostgreSQL has a SQLSTATE for it; the leaf is durable when it resolves. */
  run(request: VaultRun): Promise<VaultServed>;
};

/** The vaults of the plane, asked as their own API is. */
export type VaultPort = {
  /** Size of the largest answer there is. */
  readonly answerBytesMax: number;
  /** The vault of that name or id, or undefined. */
  find(name: string): Promise<VaultPlace | undefined>;
  /** Understands every statement of a text; throws as `VaultStatement.run`. */
  plan(
    asker: VaultAsker,
    text: string,
    at: { readonly place: VaultPlace; readonly session: PlanSession },
  ): Promise<readonly VaultStatement[]>;
};

export type ConnectPort = (place: Pick<UpstreamAddress, 'host' | 'port'>) => Promise<Socket>;

/** Everything the gateway needs from the rest of the plane. */
export type GatewayPorts = {
  readonly access: AccessPort;
  readonly sources: SourcePort;
  readonly vaults: VaultPort;
  /** A connected socket to a source (plane/egress); throws `denied` or `unavailable`. */
  readonly connect: ConnectPort;
  /** The newest mask key of a scope; keys are cached by the keyring, so that this is cheap. */
  readonly maskKey: (scope: string) => Promise<MaskKey>;
  /** Resolves when the leaf is durable. */
  readonly record: (leaf: LeafBody, urgency?: Urgency) => Promise<void>;
  /** Hands a fact to the outbox; never throws, never waits. */
  readonly tell: (fact: FactBody<'decision' | 'login'>) => void;
  /** Told what a source said of a statement, where the client was told less: it may quote values, and stays in the plane. */
  readonly onHidden?: (hidden: { readonly code: string; readonly content: Uint8Array }) => void;
  readonly clock: () => number;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly log: Log;
  readonly metrics: Registry;
};
