import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { documentFrom, sentence } from '#engines/policy';
import type { DocumentKind, PolicyDocument } from '#engines/policy';

const HEAD = statement(import.meta.url, 'sql/read-head.sql');
const AT = statement(import.meta.url, 'sql/documents-at.sql');
const HISTORY = statement(import.meta.url, 'sql/document-history.sql');
const REVISIONS = statement(import.meta.url, 'sql/list-revisions.sql');

/** Documents of one family share their names: a name is a policy's whether it is about sources or their data. */
export type Family = 'policy' | 'purpose' | 'project' | 'test';

const FAMILIES: Readonly<Record<DocumentKind, Family>> = {
  SubscriptionPolicy: 'policy',
  DataPolicy: 'policy',
  VaultPolicy: 'policy',
  Purpose: 'purpose',
  Project: 'project',
  PolicyTest: 'test',
};

export function familyOf(kind: DocumentKind): Family {
  return FAMILIES[kind];
}

/** One document of a set, as its author wrote it. */
export type StoredDocument = {
  readonly family: Family;
  readonly kind: DocumentKind;
  readonly name: string;
  /** Place in authored order. */
  readonly authored: number;
  readonly text: string;
  readonly json: PolicyDocument;
  /** What it says, in one sentence. */
  readonly sentence: string;
  /** The revision that last changed it. */
  readonly revision: number;
  readonly at: string;
  readonly by: string;
};

/** One version of a document; `text` is null where it was taken away. */
export type DocumentVersion = {
  readonly revision: number;
  readonly at: string;
  readonly by: string;
  readonly message: string;
  readonly text: string | null;
};

export type PolicyRevision = {
  readonly number: number;
  readonly at: string;
  readonly by: string;
  readonly message: string;
  readonly changed: number;
  readonly removed: number;
};

/** The number of the applied set that is in force; 0 before anything was applied. */
export async function policyRevision(tx: Queryable): Promise<number> {
  const { rows } = await tx.query<{ revision: string }>(HEAD);
  return Number(rows[0]?.revision ?? 0);
}

/** The whole set of one revision, policies in authored order. */
export async function documentsAt(
  tx: Queryable,
  revision: number,
): Promise<readonly StoredDocument[]> {
  const { rows } = await tx.query<DocumentRow>(AT, [revision]);
  return rows.map((row) => {
    const json = JSON.parse(row.json) as PolicyDocument;
    return {
      family: row.family,
      kind: row.kind,
      name: row.name,
      authored: Number(row.authored),
      text: row.text,
      json,
      sentence: sentence(documentFrom(json)),
      revision: Number(row.revision),
      at: row.at.toISOString(),
      by: row.by_name,
    };
  });
}

/** The documents in force; `family` and `name` pick some. */
export async function listDocuments(
  tx: Queryable,
  filter: { readonly family?: Family | undefined; readonly name?: string | undefined } = {},
): Promise<readonly StoredDocument[]> {
  const documents = await documentsAt(tx, await policyRevision(tx));
  return documents.filter(
    ({ family, name }) => (filter.family ?? family) === family && (filter.name ?? name) === name,
  );
}

/** The versions of one document, newest first; throws `not-found` when there never was one. */
export async function documentHistory(
  tx: Queryable,
  document: { readonly family: Family; readonly name: string },
  limit = 100,
): Promise<readonly DocumentVersion[]> {
  const { family, name } = document;
  const { rows } = await tx.query<VersionRow>(HISTORY, [family, name, limit]);
  if (rows.length === 0) throw new Problem('not-found', `no ${family} is called \`${name}\``);
  return rows.map((row) => ({
    revision: Number(row.revision),
    at: row.at.toISOString(),
    by: row.by_name,
    message: row.message,
    text: row.removed ? null : row.text,
  }));
}

/** The applied sets, newest first. */
export async function listRevisions(
  tx: Queryable,
  limit = 100,
): Promise<readonly PolicyRevision[]> {
  const { rows } = await tx.query<RevisionRow>(REVISIONS, [limit]);
  return rows.map((row) => ({
    number: Number(row.number),
    at: row.at.toISOString(),
    by: row.by_name,
    message: row.message,
    changed: row.changed,
    removed: row.removed,
  }));
}

type DocumentRow = {
  readonly family: Family;
  readonly kind: DocumentKind;
  readonly name: string;
  readonly authored: string;
  readonly text: string;
  readonly json: string;
  readonly revision: string;
  readonly at: Date;
  readonly by_name: string;
};
type VersionRow = {
  readonly revision: string;
  readonly at: Date;
  readonly by_name: string;
  readonly message: string;
  readonly text: string;
  readonly removed: boolean;
};
type RevisionRow = {
  readonly number: string;
  readonly at: Date;
  readonly by_name: string;
  readonly message: string;
  readonly changed: number;
  readonly removed: number;
};
