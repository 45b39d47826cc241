import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { Problem } from '#base/problem';
import {
  compilePattern,
  DETECTABLE,
  ENTITIES,
  PATTERN_CHARACTERS_MAX,
  requireBounded,
} from '#engines/detect';
import type { Entity, Pattern } from '#engines/detect';

/** Of either kind; each costs time in every text. */
const PATTERNS_MAX = 20;
/** A century. */
const SHIFT_DAYS_MAX = 36_525;

const entityName = z.string().max(64);
export const entityNames = z
  .array(entityName)
  .max(ENTITIES.length + 1)
  .nullish();
const days = z.number().int().min(-SHIFT_DAYS_MAX).max(SHIFT_DAYS_MAX).nullish();
const patterns = z.array(z.string().max(PATTERN_CHARACTERS_MAX)).max(PATTERNS_MAX).nullish();

/** How things are shown in a text that was de-identified. */
const TOKEN_KINDS = ['entity_only', 'entity_unq_counter', 'vault_token'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** What requests to de-identify a text or a file have in common. */
export const wishShape = {
  vault_id: z.string().min(1).max(200),
  entity_types: entityNames.describe(
    'kinds to look for; must be named, as those that cannot be found here are refused, and so is `all`',
  ),
  token_type: z
    .object({
      default: z.enum(TOKEN_KINDS).nullish(),
      vault_token: entityNames,
      entity_unq_counter: entityNames,
      entity_only: entityNames,
    })
    .nullish()
    .describe('what stands in place of each kind; `entity_unq_counter` when left out'),
  allow_regex: patterns.describe('RE2; what was found stays as it is where one matches in it'),
  restrict_regex: patterns.describe('RE2; what matches becomes `[RESTRICTED]`'),
  transformations: z
    .object({
      shift_dates: z
        .object({ max_days: days, min_days: days, entity_types: entityNames })
        .nullish()
        .describe('dates are moved, all of a text by the same days, drawn between these'),
    })
    .nullish(),
};

const wishes = z.object(wishShape);
export type DetectBody = z.output<typeof wishes>;

/** Throws `invalid` where the patterns of a wish are too large for so many characters of texts. */
export function requireAffordable({ allow, restrict }: DetectWish, characters: number): void {
  requireBounded([...allow, ...restrict], characters);
}

export type DetectWish = {
  readonly entities: readonly Entity[];
  tokenKind(entity: Entity): TokenKind;
  readonly allow: readonly Pattern[];
  readonly restrict: readonly Pattern[];
  /** How many days dates of these kinds are moved by; null for not at all. */
  readonly shift: { readonly entities: readonly Entity[]; readonly days: number } | null;
};

/** The wish of a request, checked; throws `invalid`, and `unsupported` for kinds that cannot be found here. */
export function wishOf(body: DetectBody): DetectWish {
  const kinds = kindsOf(body.token_type ?? {});
  const entities = wanted(body.entity_types ?? []);
  return {
    entities,
    shift: shiftOf(body.transformations?.shift_dates ?? {}, entities),
    tokenKind: (entity) => kinds.get(entity) ?? body.token_type?.default ?? 'entity_unq_counter',
    allow: (body.allow_regex ?? []).map(compilePattern),
    restrict: (body.restrict_regex ?? []).map(compilePattern),
  };
}

function wanted(names: readonly string[]): readonly Entity[] {
  const hint = `what can be found: ${DETECTABLE.join(', ')}`;
  if (names.length === 0 || names.includes('all')) {
    throw new Problem(
      'unsupported',
      '`entity_types` expected kinds by name: names of people, places and organisations cannot be found here, so that `all` would leave them in',
      { hint },
    );
  }
  const entities = names.map(entityOf);
  const beyond = entities.filter((entity) => !DETECTABLE.includes(entity));
  if (beyond.length === 0) return [...new Set(entities)];
  const told = beyond.slice(0, 5).map((entity) => `\`${entity}\``);
  throw new Problem('unsupported', `${told.join(', ')} cannot be found here`, { hint });
}

/** The kind of that name; throws `invalid`. */
export function entityOf(name: string): Entity {
  const entity = ENTITIES.find((one) => one === name.toLowerCase());
  if (entity !== undefined) return entity;
  throw new Problem('invalid', `no kind of entity is called \`${name.replaceAll('`', '')}\``);
}

type KindLists = Partial<Record<TokenKind, readonly string[] | null | undefined>>;

function kindsOf(lists: KindLists): ReadonlyMap<Entity, TokenKind> {
  const kinds = new Map<Entity, TokenKind>();
  for (const kind of TOKEN_KINDS) {
    for (const name of lists[kind] ?? []) {
      const entity = entityOf(name);
      if (kinds.has(entity)) {
        throw new Problem('invalid', `\`token_type\` names \`${entity}\` twice`);
      }
      kinds.set(entity, kind);
    }
  }
  return kinds;
}

/** Kinds whose dates can be moved. */
const DATES: readonly Entity[] = ['date', 'dob'];

type Shift = NonNullable<NonNullable<DetectBody['transformations']>['shift_dates']>;

/** SDKs send an empty object for nothing. */
function shiftOf(shift: Partial<Shift>, wanted: readonly Entity[]): DetectWish['shift'] {
  const { max_days: max = null, min_days: min = null, entity_types: names } = shift;
  const named = (names ?? []).map(entityOf);
  if (max === null && min === null && named.length === 0) return null;
  if (max === null || min === null || min > max || (min === 0 && max === 0)) {
    throw new Problem('invalid', '`shift_dates` expected `min_days` and `max_days`, not both 0');
  }
  const entities = named.length === 0 ? DATES.filter((entity) => wanted.includes(entity)) : named;
  const other = entities.find((entity) => !DATES.includes(entity));
  if (other !== undefined) {
    throw new Problem('unsupported', `dates of kind \`${other}\` cannot be moved here`, {
      hint: `those of ${DATES.join(' and ')} can`,
    });
  }
  if (entities.length === 0 || !entities.every((entity) => wanted.includes(entity))) {
    throw new Problem('invalid', '`shift_dates` expected kinds that `entity_types` names, too');
  }
  return { entities, days: daysBetween(min, max) };
}

/** Any number of days but none: an unmoved date would look like a moved one. */
function daysBetween(min: number, max: number): number {
  const hasZero = min <= 0 && max >= 0;
  const drawn = randomInt(min, max + (hasZero ? 0 : 1));
  return hasZero && drawn >= 0 ? drawn + 1 : drawn;
}
