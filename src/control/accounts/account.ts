import { isIP } from 'node:net';
import type { Bundle } from '#boundary';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { createSubject, recordAct, touch } from '#control/identity';
import type { SubjectState, Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const PUT = statement(import.meta.url, 'sql/put-account.sql');
const CHANGE = statement(import.meta.url, 'sql/change-account.sql');
const LIST = statement(import.meta.url, 'sql/list-accounts.sql');
const BUNDLE = statement(import.meta.url, 'sql/bundle-accounts.sql');

/** Networks one account may come from. */
const NETWORKS_MAX = 100;

/** When the networks of an account count: never, always, or when it asks for a bearer token. */
export const NETWORK_STATES = ['INACTIVE', 'ACTIVE_ALL', 'ACTIVE_AUTH_ONLY'] as const;
type NetworkState = (typeof NETWORK_STATES)[number];

/** How a service account must prove itself. */
export type AccountRules = {
  readonly enforceContextID: boolean;
  readonly enforceSignedDataTokens: boolean;
  readonly singleUseAssertions: boolean;
  readonly networks: {
    readonly status: NetworkState;
    /** IPv4 or IPv6 networks as `address/prefix`. */
    readonly cidrBlocks: readonly string[];
  };
};

export type ServiceAccount = {
  readonly id: Id<'sub'>;
  readonly name: string;
  readonly displayName: string;
  readonly state: SubjectState;
  readonly rules: AccountRules;
  readonly createdAt: string;
  readonly createdBy: string;
};

export type AccountChange = {
  readonly [K in keyof AccountRules]?: AccountRules[K] | undefined;
};

/** Creates a service account without keys and roles; throws `conflict` when the name is taken. */
export async function createAccount(
  work: Work,
  spec: { readonly name: string; readonly displayName?: string | undefined } & AccountChange,
): Promise<ServiceAccount> {
  const { name, displayName, ...rules } = spec;
  const id = await createSubject(work, { name, kind: 'service', displayName });
  return changeAccount(work, id, rules);
}

/** Changes how an account must prove itself; throws `invalid` for what is no network. */
export async function changeAccount(
  work: Work,
  name: string,
  change: AccountChange,
): Promise<ServiceAccount> {
  const { id } = await findAccount(work.tx, name);
  const { enforceContextID, enforceSignedDataTokens, singleUseAssertions, networks } = change;
  await work.tx.query(PUT, [id]);
  await work.tx.query(CHANGE, [
    id,
    enforceContextID ?? null,
    enforceSignedDataTokens ?? null,
    singleUseAssertions ?? null,
    networks?.status ?? null,
    networks === undefined
      ? null
      : networks.cidrBlocks.map((text) => checkedNetwork(text, networks)),
  ]);
  const account = await findAccount(work.tx, id);
  const after = { ...account.rules, networks: { ...account.rules.networks } };
  await recordAct(work, { action: 'account-changed', target: account.name, after });
  await touch(work.tx);
  return account;
}

function checkedNetwork(text: string, { cidrBlocks }: AccountRules['networks']): string {
  if (cidrBlocks.length > NETWORKS_MAX) {
    throw new Problem('limit', `an account has at most ${NETWORKS_MAX} networks`);
  }
  const [address = '', prefix = '', ...more] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const good = more.length === 0 && /^\d{1,3}$/u.test(prefix) && Number(prefix) <= bits;
  if (good) return text;
  throw new Problem('invalid', 'network expected `address/prefix`, such as `10.1.0.0/16`');
}

/** Service accounts by name. */
export async function listAccounts(
  tx: Queryable,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly ServiceAccount[]> {
  const { rows } = await tx.query<AccountRow>(LIST, [null, page.after ?? null, page.limit]);
  return rows.map((row) => accountOf(row));
}

/** The service account of that name or id; throws `not-found`. */
export async function findAccount(tx: Queryable, name: string): Promise<ServiceAccount> {
  const { rows } = await tx.query<AccountRow>(LIST, [name, null, 1]);
  if (rows[0] !== undefined) return accountOf(rows[0]);
  throw new Problem('not-found', `no service account is called \`${name}\``);
}

function accountOf(row: AccountRow): ServiceAccount {
  return {
    id: row.id,
    name: row.name,
    displayName: row.display_name,
    state: row.state,
    rules: {
      enforceContextID: row.enforce_context,
      enforceSignedDataTokens: row.enforce_signed_tokens,
      singleUseAssertions: row.single_use,
      networks: { status: row.network_status, cidrBlocks: row.networks },
    },
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
  };
}

/** How every account proves itself, as a bundle carries it: public keys and digests, nothing to prove oneself with. */
export async function bundleAccounts(tx: Queryable, nowMs: number): Promise<Bundle['accounts']> {
  const { rows } = await tx.query<BundleRow>(BUNDLE, [new Date(nowMs)]);
  return rows.map((row) => ({
    subject: row.subject,
    enforceContext: row.enforce_context,
    enforceSignedTokens: row.enforce_signed_tokens,
    singleUse: row.single_use,
    networkStatus: row.network_status,
    networks: row.networks,
    keys: row.keys,
    apiKeys: row.api_keys,
  }));
}

type RulesRow = {
  readonly enforce_context: boolean;
  readonly enforce_signed_tokens: boolean;
  readonly single_use: boolean;
  readonly network_status: NetworkState;
  readonly networks: readonly string[];
};
type AccountRow = RulesRow & {
  readonly id: Id<'sub'>;
  readonly name: string;
  readonly display_name: string;
  readonly state: SubjectState;
  readonly created_at: Date;
  readonly created_by: string;
};
type BundleRow = RulesRow & {
  readonly subject: Id<'sub'>;
  readonly keys: Bundle['accounts'][number]['keys'];
  readonly api_keys: Bundle['accounts'][number]['apiKeys'];
};
