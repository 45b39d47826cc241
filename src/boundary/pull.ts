import { base64url, equalConstantTime, fromBase64, textOf, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';
import type { Sign, Verify } from './bundle.ts';
import { check } from './check.ts';
import { FACTS_PER_REQUEST_MAX } from './fact.ts';
import { nameForms } from './names.ts';
import { shapes } from './shape.ts';
import type { ValueOf } from './shape.ts';

const { count, oneOf, record, time } = shapes;
const PULL_FORMAT = 'privet-pull/v1';
/** Longer than any request is on its way, short enough that a stolen one is soon worth nothing. */
export const PULL_MS_MAX = 60_000;
/** A request with its signature, as text. */
const PULL_CHARACTERS_MAX = 2_048;

/** What control asks a plane for that makes no connections itself; docs/formats/bundle.md. */
export const pullShape = record({
  format: oneOf(PULL_FORMAT),
  plane: nameForms.planeId(),
  /** Higher than in any request of this plane before: each is answered once. */
  issuedAtMs: time(),
  expiresAtMs: time(),
  /** The last fact that control has. */
  acceptedThrough: count(),
  /** The last fact that control would not take, to be set aside; 0 when there is none after `acceptedThrough`. */
  refusedThrough: count(),
  factsMax: count(FACTS_PER_REQUEST_MAX, 1),
});
export type Pull = ValueOf<typeof pullShape>;
export type PullBody = Omit<Pull, 'format'>;

/** The request signed, as the text of a bearer token: payload, key id and signature, each between dots. */
export async function signPull(
  body: PullBody,
  key: { readonly kid: string; readonly sign: Sign },
): Promise<string> {
  const payload = canonicalJson(check<Pull>(pullShape, { format: PULL_FORMAT, ...body }, 'pull'));
  const signature = await key.sign(signedBytes(payload));
  return [base64url(utf8(payload)), key.kid, base64url(signature)].join('.');
}

/** The request inside a signed one, for this plane and this moment. Throws `unauthenticated`, without saying what was wrong with it. */
export function openPull(
  text: string,
  at: { readonly plane: string; readonly nowMs: number; readonly verify: Verify },
): Pull {
  const parts = text.length > PULL_CHARACTERS_MAX ? [] : text.split('.');
  const [payload = '', kid = '', signature = ''] = parts.map(String);
  const given = fromBase64(signature);
  // The last digit of base64 has spare bits: only one spelling of a signature is accepted.
  const spelled = parts.length === 3 && base64url(given) === signature;
  const bytes = fromBase64(payload);
  const said = spelled ? utf8Text(bytes) : null;
  if (said === null || !at.verify(kid, signedBytes(said), given)) throw refused();
  const pull = check<Pull>(pullShape, parsed(said), 'pull');
  const canonical = equalConstantTime(utf8(canonicalJson(pull)), bytes);
  const inTime = pull.expiresAtMs > at.nowMs && pull.expiresAtMs - pull.issuedAtMs <= PULL_MS_MAX;
  if (!canonical || !inTime || pull.plane !== at.plane) throw refused();
  return pull;
}

function refused(): Problem {
  return new Problem(
    'unauthenticated',
    'this needs a request that control signed for this plane just now',
    {
      hint: 'compare the clocks of control and plane, the name of the plane, and the key pinned at enrolment',
    },
  );
}

function utf8Text(bytes: Uint8Array): string | null {
  try {
    return textOf(bytes);
  } catch {
    return null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused();
  }
}

/** Text that is signed: the format's name first, so that no signature of another format can pass for this one. */
function signedBytes(payload: string): Uint8Array {
  return utf8(`${PULL_FORMAT}\n${payload}`);
}
