import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { z } from 'zod';
import { Problem } from '#base/problem';
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
    return old !== undefined && (old.text !== draft.authored.text || isBoundAnew(old, draft));
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

/** The same words may mean other things by now: a vault of the same name in place of one that is no more. */
function isBoundAnew(old: StoredDocument, { authored }: DraftDocument): boolean {
  return canonicalJson(bindingsOf(old)) !== canonicalJson(bindingsOf(authored));
}

function bindingsOf({ json }: Pick<Authored, 'json'>): Json {
  return 'bindings' in json ? (json['bindings'] ?? null) : null;
}

/** Policies that are bound to a vault which is no more: they allow and forbid nothing, whatever they say. */
export function lostPolicies(
  documents: readonly DraftDocument[],
  vaults: readonly VaultFacts[],
): readonly Problem[] {
  return documents.flatMap(({ name, kind, authored }) => {
    const bound = z.object({ vault: z.string() }).safeParse(bindingsOf(authored)).data?.vault;
    if (kind !== 'VaultPolicy' || vaults.some(({ id }) => id === bound)) return [];
    const message = `\`${name}\` is about a vault that is no more: it allows and forbids nothing`;
    const hint = `apply it again for a vault of that name, or \`--remove policy/${name}\``;
    return [new Problem('invalid', message, { where: authored.where, hint })];
  });
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
