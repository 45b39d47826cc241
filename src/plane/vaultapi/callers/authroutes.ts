import { z } from 'zod';
import { Problem } from '#base/problem';
import { databaseProblem } from '#platform/db';
import { mountRoute } from '#platform/http';
import type { HttpServer } from '#platform/http';
import { mayComeFrom } from './account.ts';
import { checkAssertion, namesAccount } from './assertion.ts';
import { rolesOfScope, signBearer } from './bearer.ts';
import { accessOf } from './guest.ts';
import { addressOf } from './network.ts';
import { refusedCount } from './refusedcount.ts';
import type { RefusedCount } from './refusedcount.ts';
import type { VaultRoom } from '../room.ts';

/** One RS256 check each; v1 SDKs ask before every operation. */
const REQUESTS_PER_MINUTE_MAX = 60_000;
/** Of one address: anybody can be refused, and a refusal of a known account is a leaf that stays. */
const REFUSED_PER_MINUTE_MAX = 300;
const BODY_BYTES_MAX = 32 * 1024;
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const body = z.object({
  grant_type: z.literal(GRANT),
  assertion: z.string().min(1).max(8_192),
  scope: z.string().max(8_192).optional(),
});
const answers = z.object({ accessToken: z.string(), tokenType: z.literal('Bearer') });

/** Adds the route where service accounts exchange a signed assertion for a bearer token (RFC 7523 §2.1). */
export function mountAuthRoute(server: HttpServer, room: VaultRoom): void {
  const isTooMany = refusedCount(REFUSED_PER_MINUTE_MAX);
  mountRoute<null, unknown, unknown, z.output<typeof body>, z.output<typeof answers>>(server, {
    shape: {
      method: 'POST',
      path: '/v1/auth/sa/oauth/token',
      prefix: '',
      operation: 'getBearerToken',
      area: 'vault',
      summary: 'Exchange an assertion signed by a service account for a bearer token of an hour',
      body,
      answers,
      perMinute: REQUESTS_PER_MINUTE_MAX,
      bodyBytesMax: BODY_BYTES_MAX,
    },
    credential: 'none',
    need: 'needs an assertion signed with a key of a service account',
    admit: async () => null,
    handle: async ({ body: asked, request }) => {
      const at = { address: request.ip, requestId: request.id, isTooMany };
      const accessToken = await exchange(room, asked, at);
      return { accessToken, tokenType: 'Bearer' as const };
    },
    problemOf: databaseProblem,
  });
}

type Arrival = {
  readonly address: string;
  readonly requestId: string;
  readonly isTooMany: RefusedCount;
};

async function exchange(
  room: VaultRoom,
  asked: z.output<typeof body>,
  { address, requestId, isTooMany }: Arrival,
): Promise<string> {
  const { bundle } = accessOf(room);
  const nowMs = room.clock();
  const head = { session: requestId, address: addressOf(address) };
  try {
    const { pool, audiences } = room;
    const terms = { bundle, pool, nowMs, audiences };
    const { holder, keyId, context } = await checkAssertion(asked.assertion, terms);
    if (!mayComeFrom(holder, address, true)) {
      throw new Problem('denied', 'the account may not ask for a bearer token from this network');
    }
    const { id: subject } = holder.subject;
    const roles = heldRoles(bundle, subject, rolesOfScope(asked.scope));
    await room.ledger.write({
      kind: 'bearer-issued',
      actor: { kind: 'subject', id: subject },
      ...head,
      key: keyId as `key_${string}`,
      roles: roles === null ? null : roles.length,
      context: context !== null,
    });
    return await signBearer({ subject, keyId, roles, context }, { ...room, nowMs });
  } catch (thrown) {
    if (thrown instanceof Problem && REFUSALS.has(thrown.code)) {
      if (isTooMany(address, nowMs)) {
        throw new Problem('limit', `limit ${REFUSED_PER_MINUTE_MAX} refused assertions a minute`);
      }
      const code = thrown.code as 'unauthenticated' | 'expired' | 'denied';
      // Junk that names nobody would fill the ledger for whoever wants it full.
      if (namesAccount(bundle, asked.assertion)) {
        const actor = { kind: 'unknown' } as const;
        await room.ledger.write({ kind: 'bearer-refused', actor, ...head, code });
      }
    }
    throw thrown;
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['unauthenticated', 'expired', 'denied']);

/** What the caller narrows itself to, of what it holds; a role it does not hold is refused, so that a typing error shows. */
function heldRoles(
  bundle: {
    readonly roles: readonly { readonly id: string; readonly members: readonly string[] }[];
  },
  subject: string,
  wanted: readonly string[] | null,
): readonly string[] | null {
  if (wanted === null) return null;
  const held = new Set(
    bundle.roles.filter(({ members }) => members.includes(subject)).map(({ id }) => id),
  );
  if (wanted.every((id) => held.has(id))) return wanted;
  throw new Problem('denied', 'the scope names a role that the account does not hold');
}
