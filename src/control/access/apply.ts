import { canonicalJson } from '#base/canonical';
import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import { momentOf, recordAct, touch } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Draft, DraftDocument, PolicyChange } from './draft.ts';
import { reviewChange } from './review.ts';
import type { Review } from './review.ts';
import type { StoredDocument } from './stored.ts';

const LOCK = statement(import.meta.url, 'sql/lock-head.sql');
const MOVE = statement(import.meta.url, 'sql/move-head.sql');
const REVISION = statement(import.meta.url, 'sql/insert-revision.sql');
const DOCUMENT = statement(import.meta.url, 'sql/insert-document.sql');
const PROJECT = statement(import.meta.url, 'sql/insert-project.sql');
const DROP_PROJECT = statement(import.meta.url, 'sql/drop-project.sql');

/** A change someone has seen the plan of. */
export type Application = PolicyChange & {
  /** The revision the plan was made on. */
  readonly base: number;
  /** What the plan asked to be confirmed with; null when it asked for nothing. */
  readonly confirm: string | null;
  readonly message: string;
};

export type Applied = { readonly revision: number; readonly review: Review };

/**
 * Makes a change the set in force, as one numbered revision: all of it or nothing. Throws `conflict` when the set has
 * moved on since the plan, or when something sensitive would show that was not confirmed; `invalid` for errors in the
 * documents and failing tests. A change of nothing gives the revision that is in force.
 */
export async function applyChange(work: Work, application: Application): Promise<Applied> {
  const { rows } = await work.tx.query<{ revision: string; authored: string }>(LOCK);
  const head = { revision: Number(rows[0]?.revision), authored: Number(rows[0]?.authored) };
  if (head.revision !== application.base) {
    throw new Problem(
      'conflict',
      `policies expected to be at revision ${application.base}, they are at ${head.revision}`,
      { hint: 'somebody else applied a change: plan again' },
    );
  }
  const { nowMs } = work;
  const { review, draft } = await reviewChange(work.tx, application, { nowMs });
  refuse(review, application.confirm);
  const { added, changed, removed } = draft;
  if (added.length + changed.length + removed.length === 0) {
    return { revision: head.revision, review };
  }
  const revision = head.revision + 1;
  const row = [revision, momentOf(work), work.actor.name, application.message];
  await work.tx.query(REVISION, row);
  const last = await storeDraft(work, draft, { revision, authored: head.authored });
  await work.tx.query(MOVE, [revision, last]);
  await touch(work.tx);
  return { revision, review };
}

function refuse(review: Review, confirm: string | null): void {
  const [error] = review.errors;
  if (error !== undefined) {
    const more = review.errors.length - 1;
    const rest = more === 0 ? {} : { hint: `and ${more} more: \`privet policy check\`` };
    const where = error.where === undefined ? {} : { where: error.where };
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new Problem('invalid', error.message, { ...hint, ...rest, ...where });
  }
  const failing = review.tests.find((test) => test.failures.length > 0);
  if (failing !== undefined) {
    const what = `test \`${failing.test}\`, ${failing.case}: ${failing.failures[0] ?? ''}`;
    throw new Problem('invalid', what, { hint: '`privet policy test` shows all' });
  }
  if (review.confirmation === null || review.confirmation === confirm) return;
  const count = review.diff?.sensitive.length ?? 0;
  const columns = count === 1 ? '1 sensitive column' : `${count} sensitive columns`;
  throw new Problem('conflict', `the change shows more of ${columns}`, {
    hint: `look at the plan and confirm it with \`${review.confirmation}\``,
  });
}

/** Writes what differs and gives the last place in authored order that was handed out. */
async function storeDraft(
  work: Work,
  draft: Draft,
  from: { readonly revision: number; readonly authored: number },
): Promise<number> {
  let { authored } = from;
  for (const document of draft.added) {
    authored++;
    await storeDocument(work, document, { revision: from.revision, authored });
    if (document.family !== 'project') continue;
    const id = newId('prj', work);
    await work.tx.query(PROJECT, [id, document.name, momentOf(work)]);
  }
  for (const document of draft.changed) {
    const place = { revision: from.revision, authored: document.order ?? 0 };
    await storeDocument(work, document, place);
  }
  for (const document of draft.removed) await dropDocument(work, document, from.revision);
  return authored;
}

type Place = { readonly revision: number; readonly authored: number };

async function storeDocument(work: Work, document: DraftDocument, place: Place): Promise<void> {
  const { family, kind, name, authored } = document;
  const json = canonicalJson(authored.json);
  const row = [family, name, place.revision, kind, place.authored, authored.text, json, false];
  await work.tx.query(DOCUMENT, row);
  await recordAct(work, { ...actOf(document), after: authored.json });
}

/** Members of a project go with it, so that a later one of the same name begins with nobody. */
async function dropDocument(work: Work, document: StoredDocument, revision: number): Promise<void> {
  const { family, kind, name, authored, text, json } = document;
  const row = [family, name, revision, kind, authored, text, canonicalJson(json), true];
  await work.tx.query(DOCUMENT, row);
  if (family === 'project') await work.tx.query(DROP_PROJECT, [name]);
  const act = actOf(document);
  const action = act.action === 'policy-applied' ? 'policy-removed' : act.action;
  await recordAct(work, { ...act, action });
}

const ACTIONS = {
  policy: 'policy-applied',
  test: 'policy-applied',
  project: 'project-changed',
  purpose: 'purpose-changed',
} as const;

function actOf({ family, name }: Pick<StoredDocument, 'family' | 'name'>): {
  readonly action: (typeof ACTIONS)[keyof typeof ACTIONS];
  readonly target: string;
} {
  return { action: ACTIONS[family], target: family === 'test' ? `test/${name}` : name };
}
