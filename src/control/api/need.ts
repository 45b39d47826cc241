import type { Permission } from '#boundary';
import { unreachable } from '#base/assert';
import type { Caller } from '#control/identity';

/** Who may call a route; every route has one, and `test/routes` walks them all. */
export type Need =
  /** Anybody who reaches the port. */
  | { readonly kind: 'nothing' }
  /** A plane, with the token of the plane the path names. */
  | { readonly kind: 'plane' }
  /** Anybody who is signed in. */
  | { readonly kind: 'session' }
  /** One of these permissions. */
  | { readonly kind: 'permission'; readonly anyOf: readonly Permission[] }
  /** The subject the path parameter `name` names, or one of these permissions. */
  | { readonly kind: 'self'; readonly anyOf: readonly Permission[] }
  /** An owner of the source the path names, or one of these permissions. */
  | { readonly kind: 'owner'; readonly anyOf: readonly Permission[] };

export const NOTHING: Need = { kind: 'nothing' };
export const PLANE: Need = { kind: 'plane' };
export const SESSION: Need = { kind: 'session' };

export function permission(...anyOf: readonly Permission[]): Need {
  return { kind: 'permission', anyOf };
}

export function selfOr(...anyOf: readonly Permission[]): Need {
  return { kind: 'self', anyOf };
}

export function ownerOr(...anyOf: readonly Permission[]): Need {
  return { kind: 'owner', anyOf };
}

/** Whether a caller has one of the permissions. */
export function hasAny(caller: Caller, anyOf: readonly Permission[]): boolean {
  return anyOf.some((one) => caller.permissions.includes(one));
}

/** The need as a sentence for the documentation and for refusals. */
export function describeNeed(need: Need): string {
  switch (need.kind) {
    case 'nothing':
      return 'needs no sign-in';
    case 'plane':
      return 'needs the token of the plane';
    case 'session':
      return 'needs a session or a token';
    case 'permission':
      return `needs permission ${namesOf(need.anyOf)}`;
    case 'self':
      return `needs to be that subject, or permission ${namesOf(need.anyOf)}`;
    case 'owner':
      return `needs to own the source, or permission ${namesOf(need.anyOf)}`;
    default:
      return unreachable(need);
  }
}

function namesOf(permissions: readonly Permission[]): string {
  return permissions.map((one) => `\`${one}\``).join(' or ');
}
