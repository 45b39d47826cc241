import { NAME_MAX, shapes } from '#boundary';
import { head } from './leafhead.ts';

const { count, id, idLike, name, nullable, oneOf, record, sha256Hex } = shapes;

const about = {
  ...head,
  session: nullable(idLike(/^[A-Za-z0-9_-]{1,64}$/u)),
  purpose: nullable(name(NAME_MAX)),
  vault: id('vlt'),
  connection: id('con'),
};
const direction = () => oneOf('outbound', 'inbound');

/** Leaves of plane/connections: who changed one, and who called what through it; never a value, a token or a secret. */
export const connectionKinds = {
  'connection-changed': record({
    ...about,
    change: oneOf('created', 'changed', 'removed', 'secret-set'),
    direction: direction(),
    version: count(),
    /** SHA-256 of the canonical JSON of the document. */
    digest: sha256Hex(),
  }),
  /** Durable before the first byte leaves. */
  'connection-called': record({
    ...about,
    direction: direction(),
    version: count(),
    /** Which of its routes, from 0. */
    route: count(),
    /** How many values of the request became others. */
    values: count(),
  }),
  'connection-answered': record({
    ...about,
    /** `withheld`: the target answered, and its answer was not passed on. */
    outcome: oneOf('passed', 'withheld', 'no-answer'),
    status: nullable(count()),
    values: count(),
  }),
} as const;
