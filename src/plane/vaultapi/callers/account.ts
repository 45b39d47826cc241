import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { fromBase64, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import type { Bundle, BundleSubject } from '#boundary';
import type { Jws } from './jws.ts';
import { isWithin } from './network.ts';

type BundleAccount = Bundle['accounts'][number];

/** A subject with how it proves itself; people and accounts without keys have no proofs. */
export type Holder = { readonly subject: BundleSubject; readonly account: BundleAccount | null };

/** Subjects and accounts of a bundle by what a caller shows, worked out once a bundle. */
type Directory = {
  readonly byId: ReadonlyMap<string, Holder>;
  /** By the SHA-256 of an API key, base64. */
  readonly byApiKey: ReadonlyMap<string, Holder & { readonly expiresAtMs: number }>;
};

const directories = new WeakMap<Bundle, Directory>();

function directoryOf(bundle: Bundle): Directory {
  const known = directories.get(bundle);
  if (known !== undefined) return known;
  const accounts = new Map(bundle.accounts.map((account) => [account.subject, account]));
  const holders = bundle.subjects.map((subject) => {
    return { subject, account: accounts.get(subject.id) ?? null };
  });
  const directory = {
    byId: new Map(holders.map((holder) => [holder.subject.id, holder])),
    byApiKey: new Map(
      holders.flatMap((holder) =>
        (holder.account?.apiKeys ?? []).map(
          ({ sha256, expiresAtMs }) => [sha256, { ...holder, expiresAtMs }] as const,
        ),
      ),
    ),
  };
  directories.set(bundle, directory);
  return directory;
}

/** The active subject of that id, or null. */
export function holderOf(bundle: Bundle, id: string): Holder | null {
  const holder = directoryOf(bundle).byId.get(id) ?? null;
  return holder?.subject.state === 'active' ? holder : null;
}

/** Whose API key this is; throws `unauthenticated`, and `expired` for one that ran out. */
export function holderOfApiKey(bundle: Bundle, key: string, nowMs: number): Holder {
  // Looked up by digest: how long that takes tells nothing of any key.
  const digest = createHash('sha256').update(key, 'utf8').digest('base64');
  const found = directoryOf(bundle).byApiKey.get(digest);
  if (found === undefined || found.subject.state !== 'active') {
    throw new Problem('unauthenticated', 'the API key is not known here, or was revoked');
  }
  if (found.expiresAtMs <= nowMs) throw new Problem('expired', 'the API key has expired');
  return found;
}

const keys = new Map<string, KeyObject>();
/** Public keys kept ready: reading one takes longer than verifying a signature. */
const KEYS_KEPT_MAX = 10_000;

function keyFrom(publicKey: string): KeyObject {
  const known = keys.get(publicKey);
  if (known !== undefined) return known;
  const key = createPublicKey({
    key: Buffer.from(fromBase64(publicKey)),
    format: 'der',
    type: 'spki',
  });
  if (keys.size >= KEYS_KEPT_MAX) keys.clear();
  keys.set(publicKey, key);
  return key;
}

export type KeyUse = BundleAccount['keys'][number]['use'];

/**
 * Whether the token is signed with RS256 by that live key of the account. The algorithm is the key's, not the token's:
 * anything but `RS256` in the header is refused before the key is looked at.
 */
export function isSignedBy(
  { account }: Holder,
  jws: Jws,
  key: { readonly id: string; readonly use: KeyUse; readonly nowMs: number },
): boolean {
  if (jws.header['alg'] !== 'RS256') return false;
  const found = account?.keys.find((one) => one.id === key.id && one.use === key.use);
  if (found === undefined || found.expiresAtMs <= key.nowMs) return false;
  return verify('sha256', utf8(jws.signed), keyFrom(found.publicKey), jws.signature);
}

/** Whether the account may come from there; `asking` says that it asks for a bearer token. */
export function mayComeFrom({ account }: Holder, address: string, asking: boolean): boolean {
  const status = account?.networkStatus ?? 'INACTIVE';
  if (account === null || status === 'INACTIVE') return true;
  if (status === 'ACTIVE_AUTH_ONLY' && !asking) return true;
  return account.networks.some((network) => isWithin(address, network));
}
