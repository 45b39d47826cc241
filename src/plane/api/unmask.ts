import { hash } from 'node:crypto';
import { Problem, problemFrom } from '#base/problem';
import type { CatalogSource } from '#boundary';
import { unmaskText, versionOf } from '#engines/crypto';
import { decide, undoableMasks } from '#engines/policy';
import type { Decision, UndoableMask } from '#engines/policy';
import { maskScope } from '#plane/keys';
import type { DataKey } from '#plane/keys';
import type { Caller } from './guard.ts';
import { policyViewOf, sourceOf } from './policyview.ts';
import type { Room } from './route.ts';

/** Values one request may bring: revealing is for people who look at single cases, not for exports. */
export const UNMASK_VALUES_MAX = 100;

export type UnmaskRequest = {
  /** Full name of the source, `<system>.<schema>.<table>`, or its id. */
  readonly source: string;
  readonly column: string;
  readonly values: readonly string[];
  /** Why; written into the ledger with each value. */
  readonly reason: string;
  /** The project that is acted in, by id or name. */
  readonly project: string | null;
  readonly purpose: string | null;
  /** Key version of format-preserving values from before a roll; the newest without it. */
  readonly keyVersion: number | null;
};

/** What became of one value, in the order asked. */
export type Unmasked =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/**
 * Gives the values behind masked ones to somebody who sees the column in the clear anyway: no filter on their rows
 * (a masked value does not say which row it is from), no mask for them. Each revealed value is a durable leaf before
 * it is given. Throws `denied` with a leaf, `not-found`, `unsupported`.
 */
export async function unmask(
  room: Room,
  { caller, session }: { readonly caller: Caller; readonly session: string },
  asked: UnmaskRequest,
): Promise<{ readonly decision: string; readonly items: readonly Unmasked[] }> {
  const eyes = eyesOf(room, caller, asked);
  const source = sourceOf(caller.bundle, asked.source);
  if (source === undefined || !eyes.seesClear(source.id, asked.column)) {
    return refuse(room, { caller, session, asked, source: source ?? null });
  }
  const masks = eyes.masksOf(source.id, asked.column);
  if (masks.length === 0) {
    throw new Problem(
      'unsupported',
      `no policy masks \`${asked.column}\` in a way that can be undone`,
      {
        hint: 'only `reversible` and `format-preserving` masks can be',
      },
    );
  }
  if (!masks.every((mask) => eyes.seesAllUnder(mask, source))) {
    return refuse(room, { caller, session, asked, source });
  }
  const decision = eyes.decisionOn(source.id);
  const items: Unmasked[] = [];
  const act = { caller, session, asked, source, decision };
  for (const masked of asked.values) items.push(await reveal(room, masks, { ...act, masked }));
  return { decision: decision.id, items };
}

type Act = {
  readonly caller: Caller;
  readonly session: string;
  readonly asked: UnmaskRequest;
  readonly source: CatalogSource;
  readonly decision: Decision;
  readonly masked: string;
};

/** One value: found, written down, given; in that order. */
async function reveal(room: Room, masks: readonly UndoableMask[], act: Act): Promise<Unmasked> {
  try {
    const found = await open(room, masks, act);
    await room.ledger.write({
      kind: 'unmask',
      actor: { kind: 'subject', id: act.caller.subject.id },
      session: act.session,
      source: act.source.id,
      column: act.asked.column,
      scope: found.scope,
      decision: act.decision.id,
      bundleSerial: act.caller.bundle.serial,
      reason: act.asked.reason,
      masked: hash('sha256', act.masked),
    });
    return { kind: 'value', value: found.value };
  } catch (thrown) {
    const { code, message } = problemFrom(thrown);
    // A ledger or key service that is gone ends the request; a text that is no masked value concerns only itself.
    if (code !== 'invalid' && code !== 'corrupt' && code !== 'not-found') throw thrown;
    return { kind: 'failed', code, message };
  }
}

async function open(
  room: Room,
  masks: readonly UndoableMask[],
  { asked, masked }: Act,
): Promise<{ readonly value: string; readonly scope: string }> {
  const mask = masks.find((known) => fits(known, masked));
  if (mask === undefined)
    throw new Problem('invalid', 'the text is not a masked value of this column');
  const scope = maskScope(mask.kind, mask.key);
  const version = versionOf(masked, mask) ?? asked.keyVersion;
  const key: DataKey = await (version === null
    ? room.keyring.use(scope)
    : room.keyring.version(scope, version));
  return { value: unmaskText(masked, mask, () => key.maskKey), scope };
}

/** Reversible values say what they are (docs/formats/masked-values.md); any other text may be format-preserving. */
function fits(mask: UndoableMask, masked: string): boolean {
  return (mask.kind === 'reversible') === /^r1\.\d+\./u.test(masked);
}

/** What the caller sees, acting as asked. */
type Eyes = {
  decisionOn(source: string): Decision;
  /** Whether every row of the column is shown in the clear. */
  seesClear(source: string, column: string): boolean;
  masksOf(source: string, column: string): readonly UndoableMask[];
  /**
   * Whether every column whose masks use the same key is shown in the clear. A masked value does not say which of them
   * it is from: what one column hides could otherwise be brought here under the name of another.
   */
  seesAllUnder(mask: UndoableMask, source: CatalogSource): boolean;
};

function eyesOf(room: Room, caller: Caller, asked: UnmaskRequest): Eyes {
  const view = policyViewOf(caller.bundle);
  const { project, purpose } = asked;
  const nowMs = room.clock();
  const decisionOn = (source: string) =>
    decide(view, {
      subject: caller.subject.id,
      project,
      purpose,
      source,
      operation: 'select',
      nowMs,
    });
  const masksOf = (source: string, column: string) =>
    undoableMasks(view, { source, column, project });
  const seesClear = (source: string, column: string) => {
    const { effect, filter, columns } = decisionOn(source);
    if (effect !== 'allow' || filter !== null) return false;
    return columns.some((known) => known.name === column && known.show.kind === 'clear');
  };
  const under = (mask: UndoableMask, source: string, column: string) =>
    masksOf(source, column).some((other) => other.kind === mask.kind && other.key === mask.key);
  return {
    decisionOn,
    seesClear,
    masksOf,
    seesAllUnder(mask, source) {
      // A project's key is shared by every source it lends it to, a source's key by its own columns.
      const sources = mask.key.startsWith('project/') ? caller.bundle.sources : [source];
      return sources.every(({ id, columns }) =>
        columns.every(({ name }) => !under(mask, id, name) || seesClear(id, name)),
      );
    },
  };
}

/** One answer for sources and columns that are not there and for those that are not for them. */
async function refuse(
  room: Room,
  act: Pick<Act, 'caller' | 'session' | 'asked'> & { readonly source: CatalogSource | null },
): Promise<never> {
  const known = act.source?.columns.some((column) => column.name === act.asked.column) ?? false;
  await room.ledger.write({
    kind: 'unmask-refused',
    actor: { kind: 'subject', id: act.caller.subject.id },
    session: act.session,
    source: act.source?.id ?? null,
    column: known ? act.asked.column : null,
    code: 'denied',
    values: act.asked.values.length,
    bundleSerial: act.caller.bundle.serial,
  });
  throw new Problem(
    'denied',
    'you do not see that column, and all that share its key, in the clear in every row',
    {
      hint: 'only values one may read unmasked can be unmasked: ask the owner of the source, or act in a project that allows it',
    },
  );
}
