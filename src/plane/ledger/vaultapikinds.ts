import { shapes } from '#boundary';
import { head } from './leafhead.ts';

const { count, id, idLike, nameLike, nullable, oneOf, record } = shapes;

const session = () => nullable(idLike(/^[A-Za-z0-9_-]{1,64}$/u));
const address = () => nullable(nameLike(/^[0-9a-fA-F.:]{2,45}$/u, 45));

/** Leaves of plane/vaultapi: which account proved itself with which key, and which attempt was refused. */
export const vaultApiKinds = {
  'bearer-issued': record({
    ...head,
    session: session(),
    address: address(),
    key: id('key'),
    /** How many roles the bearer is narrowed to; null for all the account has. */
    roles: nullable(count()),
    /** Whether the assertion carried a context; never what it says. */
    context: oneOf(true, false),
  }),
  'bearer-refused': record({
    ...head,
    session: session(),
    address: address(),
    code: oneOf('unauthenticated', 'expired', 'denied'),
  }),
} as const;
