import { Problem } from '#base/problem';
import {
  detect,
  rewritten,
  settled,
  shiftedDate,
  writtenEntity,
  writtenToken,
} from '#engines/detect';
import type { Entity, Place, Settled } from '#engines/detect';
import type { FoundValues, Tokens } from './detecttokens.ts';
import type { DetectWish, TokenKind } from './detectwish.ts';

/** What a restricting pattern matched; no kind of its own. */
const RESTRICTED = 'restricted';

type Found = Place & { readonly entity: Entity | typeof RESTRICTED };

/** How one thing that was found was replaced. */
export type Replaced = {
  readonly entity: Found['entity'];
  readonly kind: TokenKind | 'shifted_date';
  readonly value: string;
  /** What stands in its place. */
  readonly by: string;
  /** Where it was, in UTF-16 code units. */
  readonly from: { readonly start: number; readonly end: number };
  /** Where its replacement is. */
  readonly to: { readonly start: number; readonly end: number };
  readonly scores: Readonly<Record<string, number>>;
};

export type Deidentified = { readonly text: string; readonly replaced: readonly Replaced[] };

/** Gives equal values of a kind one number within a text or a file, from 1 in the order they come. */
type Counters = (entity: Entity, value: string) => number;

export function startCounters(): Counters {
  const numbers = new Map<string, Map<string, number>>();
  return (entity, value) => {
    const ofEntity = numbers.get(entity) ?? new Map<string, number>();
    numbers.set(entity, ofEntity);
    const number = ofEntity.get(value) ?? ofEntity.size + 1;
    ofEntity.set(value, number);
    return number;
  };
}

/** What patterns of the caller may take for one text: on the thread that serves others, too. */
const PATTERNS_MS_MAX = 250;

/** What is around a text: words, such as those of its column's name, and that name where it says what the whole text is. */
export type Around = { readonly context: readonly string[]; readonly name: string };

const NOTHING: Around = { context: [], name: '' };

/**
 * What is to be replaced in a text: all that was found, but what the caller lets stand. Each thing is looked at by itself: what
 * is let stand does not let stand what overlaps it.
 */
function foundIn(text: string, wish: DetectWish, around: Around): readonly Settled<Found>[] {
  const { entities, allow, restrict } = wish;
  const onPlace = patience();
  const restricted = restrict.flatMap((pattern) =>
    pattern.find(text, onPlace).map((place): Found => ({ ...place, entity: RESTRICTED, score: 1 })),
  );
  const found: readonly Found[] = [...restricted, ...detect(text, { entities, ...around })];
  return settled(allow.length === 0 ? found : withoutAllowed(found, { text, allow }));
}

/** Throws `invalid` when it is called after patterns have had their time. */
function patience(): () => void {
  const startedMs = performance.now();
  return () => {
    if (performance.now() - startedMs <= PATTERNS_MS_MAX) return;
    throw new Problem('invalid', 'the patterns take too long for a text of this length', {
      hint: 'simpler patterns, fewer of them, or a shorter text',
    });
  };
}

/** Leaves out what is allowed, and parts of it that would do as the same kind, such as the end of a telephone number. */
function withoutAllowed(
  found: readonly Found[],
  { text, allow }: { readonly text: string; readonly allow: DetectWish['allow'] },
): readonly Found[] {
  const onPlace = patience();
  /** How far what is allowed of a kind reaches that began before. */
  const reach = new Map<Found['entity'], number>();
  return found
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
    .filter(({ entity, start, end }) => {
      const reached = reach.get(entity) ?? -1;
      if (reached >= end) return false;
      const value = text.slice(start, end);
      if (!allow.some((pattern) => pattern.find(value, onPlace).length > 0)) return true;
      reach.set(entity, end);
      return false;
    });
}

export type Deidentifying = {
  readonly counters: Counters;
  /** Gives the vault's tokens for values, once it is known which there are. */
  readonly tokensFor: (found: FoundValues) => Promise<Tokens>;
  readonly around?: Around;
};

/** The text with everything that was found replaced by its kind, alone or with a number or a token of the vault behind it. */
export async function deidentify(
  text: string,
  wish: DetectWish,
  { counters, tokensFor, around = NOTHING }: Deidentifying,
): Promise<Deidentified> {
  const found = foundIn(text, wish, around).map((place) => {
    const { entity, start, end } = place;
    const value = text.slice(start, end);
    const moved = movedBy(wish, entity, value);
    if (moved !== null) return { place, kind: 'shifted_date' as const, value, moved };
    const kind = entity === RESTRICTED ? 'entity_only' : wish.tokenKind(entity);
    return { place, kind, value, moved };
  });
  const kept = new Map<Entity, Set<string>>();
  for (const { place, kind, value } of found) {
    if (kind !== 'vault_token' || place.entity === RESTRICTED) continue;
    kept.set(place.entity, (kept.get(place.entity) ?? new Set()).add(value));
  }
  const token = kept.size === 0 ? noTokens : await tokensFor(kept);
  const shown = found.map(({ place, kind, value, moved }) => {
    const { entity } = place;
    if (moved !== null) return moved;
    if (entity === RESTRICTED) return '[RESTRICTED]';
    if (kind === 'entity_only') return writtenEntity(entity);
    const behind = kind === 'vault_token' ? token(entity, value) : String(counters(entity, value));
    return writtenToken(entity, behind) ?? unwritable(entity);
  });
  const written = rewritten(
    text,
    found.map(({ place: { start, end }, moved }, i) => ({
      start,
      end,
      by: shown[i] ?? '',
      isToken: moved === null,
    })),
  );
  return {
    text: written.text,
    replaced: found.map(({ place, kind, value }, i) => ({
      entity: place.entity,
      kind,
      value,
      by: shown[i] ?? '',
      from: { start: place.start, end: place.end },
      to: written.places[i] ?? { start: 0, end: 0 },
      scores: place.scores,
    })),
  };
}

/** A date moved as wished, or null: what cannot be moved is shown as its kind is. */
function movedBy(
  { shift, entities }: DetectWish,
  entity: Found['entity'],
  value: string,
): string | null {
  if (shift === null || !shift.entities.some((one) => one === entity)) return null;
  // A time behind the date would stay as it is.
  if (entities.includes('time') && value.includes(':')) return null;
  return shiftedDate(value, shift.days);
}

function noTokens(): string {
  throw new Problem('internal', 'no tokens were asked for');
}

function unwritable(entity: Entity): never {
  throw new Problem('invalid', `tokens of \`${entity}_entity\` cannot stand in a text`, {
    hint: 'they expected a shape without brackets, spaces and backslashes, such as a UUID or `[a-zA-Z0-9]{7}`',
  });
}
