import { BUNDLE_AGE_SECONDS_MAX } from '#base/limits';
import { BUNDLE_FORMAT } from '#boundary';
import type { Bundle } from '#boundary';
import { catalogSources } from '#control/catalog';
import { bundleAccounts } from '#control/accounts';
import { bundleSubjects, currentRevision, pendingActs } from '#control/identity';
import type { Office, Revision } from '#control/identity';
import type { Project } from '#engines/policy';
import { statement, transaction } from '#platform/db';
import type { Queryable } from '#platform/db';
import { documentsAt, policyRevision } from './stored.ts';
import { worldOf } from './world.ts';

const LOCK = statement(import.meta.url, 'sql/lock-bundles.sql');
const READ = statement(import.meta.url, 'sql/read-bundle.sql');
const TAKE = statement(import.meta.url, 'sql/take-serial.sql');

/** What the newest bundle of a plane was built from, by whichever control process built it. */
export type BundleStand = Revision & { readonly serial: number; readonly issuedAtMs: number };

/** Where the plane's bundles stand; null before the first one. */
export async function bundleStand(tx: Queryable, plane: string): Promise<BundleStand | null> {
  const { rows } = await tx.query<StandRow>(READ, [plane]);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    serial: Number(row.serial),
    revision: Number(row.revision),
    act: Number(row.act),
    issuedAtMs: row.issued_at.getTime(),
  };
}

export type BundleOrder = {
  readonly plane: string;
  /** The plane holds this serial: the new one will be higher, even after control was restored from a backup. */
  readonly above: number;
  readonly identityKeys: Bundle['identityKeys'];
};

/**
 * Everything a plane decides from, as of one moment, under the next serial. Builders take turns before they look, so a
 * higher serial never holds older facts.
 */
export function buildBundle(office: Office, order: BundleOrder): Promise<Bundle> {
  const { plane, above, identityKeys } = order;
  return transaction(
    office.pool,
    async (tx) => {
      // LOCK takes no snapshot: what follows sees all that was committed before the turn came.
      await tx.query(LOCK);
      const issuedAtMs = office.clock();
      const now = await currentRevision(tx);
      const set = await documentsAt(tx, await policyRevision(tx));
      const { projects, purposes, policies, roles } = await worldOf(tx, set, {
        nowMs: issuedAtMs,
        plane,
      });
      const parts = {
        subjects: await bundleSubjects(tx, issuedAtMs),
        sources: await catalogSources(tx, plane),
        acts: await pendingActs(tx, plane),
        accounts: await bundleAccounts(tx, issuedAtMs),
        roles,
      };
      const row = [plane, now.revision, now.act, new Date(issuedAtMs), above];
      const { rows } = await tx.query<{ serial: string }>(TAKE, row);
      return {
        format: BUNDLE_FORMAT,
        plane,
        serial: Number(rows[0]?.serial),
        issuedAtMs,
        expiresAtMs: issuedAtMs + BUNDLE_AGE_SECONDS_MAX * 1_000,
        ...parts,
        policies,
        projects: projects.map((project) => bundleProject(project)),
        purposes,
        identityKeys,
      };
    },
    'repeatable read',
  );
}

/** Stored projects have real ids; the boundary checks them again before anything is signed. */
function bundleProject(project: Project): Bundle['projects'][number] {
  const { id, members, ...rest } = project;
  return {
    id: id as `prj_${string}`,
    ...rest,
    members: members.map(({ subject, acknowledged }) => ({
      subject: subject as `sub_${string}`,
      acknowledged,
    })),
  };
}

type StandRow = {
  readonly serial: string;
  readonly revision: string;
  readonly act: string;
  readonly issued_at: Date;
};
