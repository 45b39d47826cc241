import type { FastifyRequest } from 'fastify';
import { Problem } from '#base/problem';
import { verifyIdentityToken } from '#boundary';
import type { Bundle, BundleSubject, Verify } from '#boundary';
import { verifierOf } from '#plane/border';
import type { Border } from '#plane/border';
import type { Ledger } from '#plane/ledger';
import { describeNeed } from './need.ts';
import type { Need } from './need.ts';

/** What letting people in needs. */
export type Gatehouse = {
  readonly plane: string;
  readonly border: Pick<Border<unknown>, 'current'>;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly clock: () => number;
};

/** Who called: known to control, active, with what the bundle in force says of them. */
export type Caller = {
  readonly subject: BundleSubject;
  readonly bundle: Bundle;
};

/** What a route asks of whoever calls it. */
export type Gate = {
  readonly need: Need;
  /** Name of the operation, as the ledger writes it. */
  readonly operation: string;
};

/**
 * Lets a request through, saying who it comes from. Permissions are those of the bundle, not of the token: what was
 * taken away since the token was made does not work any more. Throws `unauthenticated`, `expired`, `unavailable`, or
 * `denied`, which is a leaf.
 */
export async function admit(
  house: Gatehouse,
  gate: Gate,
  request: FastifyRequest,
): Promise<Caller> {
  const bundle = bundleInForce(house);
  const known = indexOf(bundle);
  const claims = verifyIdentityToken(bearerOf(request), {
    verify: known.verify,
    audience: house.plane,
    nowMs: house.clock(),
  });
  const subject = known.subjects.get(claims.sub);
  if (subject === undefined || subject.state !== 'active') {
    throw new Problem('unauthenticated', 'the person is not known here, or not active', {
      hint: 'a plane hears of new people within seconds: is it connected to control?',
    });
  }
  await requireNeed(house, { gate, subject }, request);
  return { subject, bundle };
}

/** The bundle that may be decided from; throws `unavailable` when there is none, or only one that is too old. */
function bundleInForce(house: Pick<Gatehouse, 'border'>): Bundle {
  const state = house.border.current();
  if (state.kind === 'fresh') return state.bundle;
  const none = state.kind === 'none';
  throw new Problem(
    'unavailable',
    none
      ? 'the plane has not heard from control yet'
      : 'what the plane heard from control is too old',
    {
      hint: 'see that control runs and that the plane reaches it; until then everything is denied',
    },
  );
}

type Index = { readonly verify: Verify; readonly subjects: ReadonlyMap<string, BundleSubject> };
const indices = new WeakMap<Bundle, Index>();

function indexOf(bundle: Bundle): Index {
  const known = indices.get(bundle);
  if (known !== undefined) return known;
  const index = {
    verify: verifierOf(bundle.identityKeys),
    subjects: new Map(bundle.subjects.map((subject) => [subject.id as string, subject])),
  };
  indices.set(bundle, index);
  return index;
}

/** The token a request shows; throws `unauthenticated` without one. */
export function bearerOf(request: FastifyRequest): string {
  const token = /^Bearer ([\w.-]{1,4096})$/u.exec(request.headers.authorization ?? '')?.[1];
  if (token !== undefined) return token;
  throw new Problem('unauthenticated', 'this needs an identity token', {
    hint: 'control gives one for this plane: `POST /api/v1/identity-tokens`',
  });
}

async function requireNeed(
  house: Gatehouse,
  asked: { readonly gate: Gate; readonly subject: BundleSubject },
  request: FastifyRequest,
): Promise<void> {
  const { gate, subject } = asked;
  const { need } = gate;
  if (need.kind === 'identity') return;
  if (need.kind === 'permission' && need.anyOf.some((one) => subject.permissions.includes(one)))
    return;
  await house.ledger.write({
    kind: 'access-refused',
    decisions: [],
    actor: { kind: 'subject', id: subject.id },
    session: request.id,
    operation: gate.operation,
    code: 'denied',
    address: addressOf(request),
  });
  throw new Problem('denied', `this ${describeNeed(need)}`, {
    hint: 'a person with permission `user-admin` can give it to you',
  });
}

function addressOf(request: FastifyRequest): string | null {
  return /^[0-9a-fA-F.:]{2,45}$/u.test(request.ip) ? request.ip : null;
}
