import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import type { Ledger, LeafBody } from '#plane/ledger';
import type { Transaction } from '#platform/db';
import type { Grant, Hand, Standing } from './grant.ts';

/** Who calls, and the request it is part of, as leaves name it. */
export type Party = Hand & { readonly session: string; readonly standing: Standing };

/** What leaves about a grant begin with. */
export type LeafHead = {
  readonly actor: { readonly kind: 'subject'; readonly id: Id<'sub'> };
  readonly session: string;
  readonly grant: Id<'grt'>;
  readonly atMs: number;
};

export function headOf({ id: grant }: Grant, by: Party, atMs: number): LeafHead {
  return { actor: { kind: 'subject', id: by.id }, session: by.session, grant, atMs };
}

export function requestedLeaf(grant: Grant, by: Party): LeafBody<'grant-requested'> {
  const { capability, reason, ticket, scope, rowsMax, durationMs } = grant;
  const { approvalsNeeded, emergency } = grant;
  const asked = { capability, reason, ticket, scope, rowsMax, durationMs };
  const head = headOf(grant, by, grant.requestedAtMs);
  return { kind: 'grant-requested', ...head, ...asked, approvalsNeeded, emergency };
}

/** How a grant ended; by whom is null for what time does. */
export function endedLeaf(grant: Grant, by: Party | null): LeafBody<'grant-ended'> {
  const { id, stage, rowsUsed: rows, itemsUsed: items } = grant;
  if (stage.kind !== 'ended') throw new Problem('internal', 'grant expected to be ended');
  const { how, atMs } = stage.end;
  const actor = by === null ? ({ kind: 'plane' } as const) : headOf(grant, by, atMs).actor;
  const session = by?.session ?? null;
  return { kind: 'grant-ended', actor, session, grant: id, atMs, how, rows, items };
}

/** Appends a leaf in the transaction; gives its index. */
export async function appendLeaf(
  ledger: Pick<Ledger, 'append'>,
  tx: Transaction,
  leaf: LeafBody,
): Promise<number> {
  return (await ledger.append(tx, leaf)).index;
}
