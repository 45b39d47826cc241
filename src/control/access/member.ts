import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const LIST = statement(import.meta.url, 'sql/list-members.sql');

/** Someone in a project, with every statement they ever acknowledged there. */
export type StoredMember = {
  readonly projectId: string;
  readonly subjectId: string;
  readonly subject: string;
  readonly addedAt: string;
  readonly addedBy: string;
  readonly acknowledged: readonly {
    readonly purpose: string;
    readonly statement: string;
    readonly at: string;
  }[];
};

/** The members of one project, or of all. */
export async function listMembers(
  tx: Queryable,
  projectId?: string,
): Promise<readonly StoredMember[]> {
  const { rows } = await tx.query<MemberRow>(LIST, [projectId ?? null]);
  return rows.map((row) => ({
    projectId: row.project_id,
    subjectId: row.subject_id,
    subject: row.subject_name,
    addedAt: row.added_at.toISOString(),
    addedBy: row.added_by,
    acknowledged: row.acknowledged,
  }));
}

type MemberRow = {
  readonly project_id: string;
  readonly subject_id: string;
  readonly subject_name: string;
  readonly added_at: Date;
  readonly added_by: string;
  readonly acknowledged: StoredMember['acknowledged'];
};
