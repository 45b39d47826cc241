import { openLocalBlobs, openS3Blobs, readS3Address, s3Place } from '#platform/blob';
import type { BlobStore } from '#platform/blob';
import type { Opened } from '#platform/process';
import type { Settings } from '#platform/settings';
import { egressDispatcher } from '#plane/egress';
import type { Egress, RuleSpec } from '#plane/egress';
import { ledgerSettings } from '#plane/ledger';
import { vaultSettings } from '#plane/vault';

/** How the plane calls object stores. */
const STORAGE = { workload: 'storage', purpose: 'blobs' } as const;
/** Tiles come whole, and files of the vault in one answer. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024 * 1024;
const S3 = 's3://';

/** Buckets that settings name are rules of their own, as every address of the settings is. */
export function storageRules(settings: Settings): Readonly<Record<string, RuleSpec>> {
  const named = {
    ledger: settings.of(ledgerSettings).directory,
    'vault-files': settings.of(vaultSettings).filesDirectory,
  };
  const rules = Object.entries(named)
    .filter(([, place]) => place.startsWith(S3))
    .map(([name, place]) => [`storage-${name}`, bucketRule(place, STORAGE)] as const);
  return Object.fromEntries(rules);
}

/** The rule that lets a workload reach a bucket. */
export function bucketRule(address: string, who: Pick<RuleSpec, 'workload' | 'purpose'>): RuleSpec {
  const networks = ['private', 'loopback'];
  return { ...who, ...s3Place(readS3Address(address)), networks, expiresAtMs: null };
}

/** Blobs in a directory, or in a bucket where the place begins with `s3://`. */
export async function openPlaneBlobs(
  place: string,
  { egress, opened }: { readonly egress: Egress; readonly opened: Opened },
): Promise<BlobStore> {
  if (!place.startsWith(S3)) return openLocalBlobs(place);
  const dispatcher = egressDispatcher(egress, { ...STORAGE, responseBytesMax: ANSWER_BYTES_MAX });
  opened.push(() => dispatcher.close());
  return openS3Blobs({ address: place, dispatcher });
}
