import { nameForms, shapes } from '#boundary';
import { head } from './leafhead.ts';

const { count, id, idLike, list, name, nameLike, nullable, oneOf, record } = shapes;

/** Kinds of things times ways to replace them. */
const REPLACED_MAX = 400;

/** Leaves of what is found in texts: how much of which kind was replaced how; nothing of the text. */
export const detectKinds = {
  'text-deidentified': record({
    ...head,
    session: nullable(idLike(/^[A-Za-z0-9_-]{1,64}$/u)),
    purpose: nullable(name(200)),
    vault: id('vlt'),
    decision: nameForms.decisionId(),
    source: oneOf('string', 'file'),
    characters: count(),
    replaced: list(
      record({
        entity: nameLike(/^[a-z][a-z_]{0,40}$/u, 41),
        by: oneOf('entity', 'counter', 'token', 'shifted-date'),
        values: count(),
      }),
      REPLACED_MAX,
    ),
  }),
} as const;
