import type { Problem } from '#base/problem';
import { bindVault, parseDocuments } from '#engines/policy';
import type { Authored, DocumentKind, VaultFacts } from '#engines/policy';
import { familyOf } from './stored.ts';
import type { Family, StoredDocument } from './stored.ts';

/** What someone wants the set of documents to become. */
export type PolicyChange = {
  readonly texts: readonly { readonly file: string | null; readonly text: string }[];
  readonly remove: readonly { readonly family: Family; readonly name: string }[];
  /** `replace`: documents that the texts do not hold go away; `merge`: they stay. */
  readonly mode: 'merge' | 'replace';
};

/** One document of the set as it would be. */
export type DraftDocument = {
  readonly family: Family;
  readonly kind: DocumentKind;
  readonly name: string;
  readonly authored: Authored;
  /** Its place in authored order; null for a new one, which comes after all others. */
  readonly order: number | null;
};

export type Draft = {
  /** The whole set, policies in authored order. */
  readonly documents: readonly DraftDocument[];
  readonly added: readonly DraftDocument[];
  readonly changed: readonly DraftDocument[];
  readonly removed: readonly StoredDocument[];
  /** What cannot be read in the texts, and removals of what is not there. */
  readonly problems: readonly Problem[];
};

/** The set that comes of a change to the stored one. */
export function draftOf(
  stored: readonly StoredDocument[],
  change: PolicyChange,
  vaults: readonly VaultFacts[],
): Draft {
  const readings = change.texts.map(({ file, text }) => parseDocuments(text, file));
  const written = readings.flatMap((reading) => reading.documents);
  const before = new Map(stored.map((document) => [keyOf(document), document]));
  const bound = written.map((authored) => draftDocument(authored, { before, vaults }));
  const drafts = bound.map(({ draft }) => draft);
  const gone = goneOf(stored, change, new Set(drafts.map(keyOf)));
  const kept = stored.filter(
    (document) =>
      !gone.has(keyOf(document)) && !drafts.some((one) => keyOf(one) === keyOf(document)),
  );
  const changed = drafts.filter((draft) => {
    const old = before.get(keyOf(draft));
    return old !== undefined && old.text !== draft.authored.text;
  });
  return {
    documents: inOrder([...kept.flatMap((document) => keptDocument(document)), ...drafts]),
    added: drafts.filter((draft) => !before.has(keyOf(draft))),
    changed,
    removed: stored.filter((document) => gone.has(keyOf(document))),
    problems: [
      ...readings.flatMap((reading) => reading.problems),
      ...bound.flatMap(({ problems }) => problems),
    ],
  };
}

function keyOf({ family, name }: { readonly family: Family; readonly name: string }): string {
  return `${family}/${name}`;
}

function draftDocument(
  written: Authored,
  at: {
    readonly before: ReadonlyMap<string, StoredDocument>;
    readonly vaults: readonly VaultFacts[];
  },
): { readonly draft: DraftDocument; readonly problems: readonly Problem[] } {
  const { kind, name } = written.document;
  const family = familyOf(kind);
  const old = at.before.get(keyOf({ family, name }));
  const { json, problems } = bindVault(written, at.vaults, old?.json ?? null);
  const draft = {
    family,
    kind,
    name,
    authored: { ...written, json },
    order: old?.authored ?? null,
  };
  return { draft, problems };
}

/** A stored document read again, so that the whole set is checked against each other. */
function keptDocument(stored: StoredDocument): readonly DraftDocument[] {
  const { family, kind, name, authored: order } = stored;
  const { documents } = parseDocuments(stored.text, `${family}/${name}`);
  // What its names were bound to is in the stored form only.
  return documents.map((authored) => {
    return { family, kind, name, authored: { ...authored, json: stored.json }, order };
  });
}

function goneOf(
  stored: readonly StoredDocument[],
  change: PolicyChange,
  written: ReadonlySet<string>,
): ReadonlySet<string> {
  const named = new Set(change.remove.map(keyOf));
  const gone = stored
    .map(keyOf)
    .filter((key) => !written.has(key) && (change.mode === 'replace' || named.has(key)));
  return new Set(gone);
}

/** Known documents by their place, then the new ones as they were written. */
function inOrder(documents: readonly DraftDocument[]): readonly DraftDocument[] {
  const last = Number.POSITIVE_INFINITY;
  return documents.toSorted((left, right) => {
    const [a, b] = [left.order ?? last, right.order ?? last];
    return a === b ? 0 : a - b;
  });
}
