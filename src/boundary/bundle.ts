import { base64, fromBase64, textOf, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { ATTRIBUTE_VALUES_MAX, NAME_BYTES_MAX } from '#base/limits';
import { Problem } from '#base/problem';
import type { PolicyDocument } from '#engines/policy';
import { actsShape } from './act.ts';
import * as limits from './bundlelimits.ts';
import { check } from './check.ts';
import { keyId, planeId } from './names.ts';
import {
  count,
  digest,
  id,
  list,
  map,
  name,
  nameLike,
  nullable,
  oneOf,
  operatorDocument,
  operatorText,
  record,
  time,
} from './shape.ts';
import type { ValueOf } from './shape.ts';

export const BUNDLE_FORMAT = 'privet-bundle/v1';

/** What a subject may do beside reading data. */
export const PERMISSIONS = [
  'governor',
  'data-owner',
  'user-admin',
  'auditor',
  'operator',
  'vault-mover',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Who or what put a tag there. */
const tagShape = record({
  name: name(limits.NAME_MAX),
  by: record({
    kind: oneOf('person', 'introspection', 'policy', 'lineage', 'detector'),
    name: name(limits.NAME_MAX),
  }),
});
export type Tag = ValueOf<typeof tagShape>;

/** 16 to 64 bytes in base64: salts and keys of RFC 5802, SHA-256 digests. */
const base64Digest = () => digest(/^[A-Za-z0-9+/]{20,88}={0,2}$/u, 90);

const scramShape = record({
  salt: base64Digest(),
  // RFC 7677 asks for at least 4,096; the upper end bounds what a log-in may cost.
  iterations: count(10_000_000, 4_096),
  storedKey: base64Digest(),
  serverKey: base64Digest(),
});

const subjectShape = record({
  id: id('sub'),
  /** What a client gives as user name; no `+`, which parts it from a token id at the gateway. */
  name: nameLike(/^[^+\s]+$/u, NAME_BYTES_MAX),
  kind: oneOf('person', 'service'),
  state: oneOf('active', 'locked', 'disabled'),
  groups: list(name(limits.NAME_MAX), limits.GROUPS_MAX),
  attributes: map(
    name(limits.NAME_MAX),
    list(name(limits.NAME_MAX), ATTRIBUTE_VALUES_MAX),
    limits.ATTRIBUTES_MAX,
  ),
  permissions: list(oneOf(...PERMISSIONS), PERMISSIONS.length),
  scram: nullable(scramShape),
  tokens: list(
    record({
      id: id('tok'),
      /** SHA-256 of the token text. */
      sha256: base64Digest(),
      expiresAtMs: time(),
      /** The token text as a password: SCRAM cannot check a SHA-256. */
      scram: nullable(scramShape),
    }),
    limits.TOKENS_MAX,
  ),
});
export type BundleSubject = ValueOf<typeof subjectShape>;

const sourceShape = record({
  id: id('src'),
  system: name(NAME_BYTES_MAX),
  schema: name(NAME_BYTES_MAX),
  name: name(NAME_BYTES_MAX),
  state: oneOf('active', 'disabled'),
  tags: list(tagShape, limits.TAGS_MAX),
  description: operatorText(limits.DESCRIPTION_MAX),
  owners: list(name(limits.NAME_MAX), limits.OWNERS_MAX),
  columns: list(
    record({
      name: name(NAME_BYTES_MAX),
      type: name(limits.TYPE_MAX),
      tags: list(tagShape, limits.TAGS_MAX),
      description: operatorText(limits.DESCRIPTION_MAX),
    }),
    limits.COLUMNS_MAX,
  ),
});
export type CatalogSource = ValueOf<typeof sourceShape>;

const identityKeyShape = record({
  kid: keyId(),
  /** Ed25519, 32 bytes, base64url without padding (RFC 8037 §2, member `x`). */
  publicKey: digest(/^[A-Za-z0-9_-]{43}$/u, 43),
});

const projectShape = record({
  id: id('prj'),
  name: name(limits.NAME_MAX),
  description: operatorText(limits.DESCRIPTION_MAX),
  state: oneOf('active', 'staged'),
  /** Patterns over full names of sources. */
  sources: list(name(limits.NAME_MAX), limits.SOURCES_MAX),
  purposes: list(name(limits.NAME_MAX), limits.PURPOSES_MAX),
  maskedJoins: oneOf(true, false),
  members: list(
    record({
      subject: id('sub'),
      acknowledged: list(name(limits.NAME_MAX), limits.PURPOSES_MAX),
    }),
    limits.SUBJECTS_MAX,
  ),
});

const purposeShape = record({
  name: name(limits.NAME_MAX),
  description: operatorText(limits.DESCRIPTION_MAX),
  statement: operatorText(limits.DESCRIPTION_MAX),
});

const roleShape = record({
  id: id('rol'),
  name: name(limits.NAME_MAX),
  vault: id('vlt'),
  definition: oneOf('VAULT_OWNER', 'VAULT_EDITOR', 'VAULT_VIEWER', 'CUSTOM'),
  members: list(id('sub'), limits.SUBJECTS_MAX),
});

const accountShape = record({
  subject: id('sub'),
  enforceContext: oneOf(true, false),
  enforceSignedTokens: oneOf(true, false),
  singleUse: oneOf(true, false),
  networkStatus: oneOf('INACTIVE', 'ACTIVE_ALL', 'ACTIVE_AUTH_ONLY'),
  networks: list(nameLike(/^[0-9a-fA-F.:]{2,45}\/\d{1,3}$/u, 49), limits.NETWORKS_MAX),
  keys: list(
    record({
      id: id('key'),
      use: oneOf('assertion', 'signed-token'),
      /** SubjectPublicKeyInfo, DER, base64: RSA of 2,048 to 8,192 bits. */
      publicKey: digest(/^[A-Za-z0-9+/]{300,1500}={0,2}$/u, 1_502),
      expiresAtMs: time(),
    }),
    limits.TOKENS_MAX,
  ),
  apiKeys: list(
    record({
      id: id('key'),
      /** SHA-256 of the key's text. */
      sha256: base64Digest(),
      expiresAtMs: time(),
    }),
    limits.TOKENS_MAX,
  ),
});

/** Everything a plane decides from; docs/formats/bundle.md is the format. */
export const bundleShape = record({
  format: oneOf(BUNDLE_FORMAT),
  plane: planeId(),
  serial: count(Number.MAX_SAFE_INTEGER, 1),
  issuedAtMs: time(),
  expiresAtMs: time(),
  subjects: list(subjectShape, limits.SUBJECTS_MAX),
  /** In authored order, which settles ties. */
  policies: list(operatorDocument<PolicyDocument>(limits.DOCUMENT_MAX), limits.POLICIES_MAX),
  projects: list(projectShape, limits.PROJECTS_MAX),
  purposes: list(purposeShape, limits.PURPOSES_MAX),
  sources: list(sourceShape, limits.SOURCES_MAX),
  /** Roles at the vaults of the plane, and who holds them. */
  roles: list(roleShape, limits.ROLES_MAX),
  /** How service accounts prove themselves: public keys and digests. */
  accounts: list(accountShape, limits.SUBJECTS_MAX),
  identityKeys: list(identityKeyShape, limits.IDENTITY_KEYS_MAX),
  acts: actsShape,
});
export type Bundle = ValueOf<typeof bundleShape>;

export const signedBundleShape = record({
  payload: operatorText(limits.BUNDLE_BYTES_MAX),
  kid: keyId(),
  signature: digest(/^[A-Za-z0-9+/]{86}==$/u, 88),
});
export type SignedBundle = ValueOf<typeof signedBundleShape>;

/** Ed25519 over the message (RFC 8032), 64 bytes; may live in a key service, hence the promise. */
export type Sign = (message: Uint8Array) => Promise<Uint8Array>;
/** Whether the signature over the message is good under the key of that id; false for a key it does not know. */
export type Verify = (kid: string, message: Uint8Array, signature: Uint8Array) => boolean;

/** Throws `invalid` naming the field when the value is not a bundle within all limits, or contradicts itself. */
export function checkBundle(value: unknown): Bundle {
  const bundle = check(bundleShape, value, 'bundle');
  if (bundle.expiresAtMs <= bundle.issuedAtMs) {
    throw new Problem('invalid', '`bundle.expiresAtMs` expected a time after `issuedAtMs`');
  }
  if (bundle.acts.some((act, i) => act.number <= (bundle.acts[i - 1]?.number ?? 0))) {
    throw new Problem('invalid', '`bundle.acts` expected rising numbers');
  }
  return bundle;
}

/** The bundle checked and signed; throws `invalid` when it is not one. */
export async function signBundle(
  bundle: Bundle,
  key: { readonly kid: string; readonly sign: Sign },
): Promise<SignedBundle> {
  const payload = canonicalJson(checkBundle(bundle));
  const signature = await key.sign(signedBytes(payload));
  return check(
    signedBundleShape,
    { payload, kid: key.kid, signature: base64(signature) },
    'signed bundle',
  );
}

/**
 * The bundle inside a signed one. The signature is checked before the payload is parsed; throws
 * `unauthenticated` for a bad signature, `corrupt` for a payload that is not canonical, `invalid` for the rest.
 */
export function openBundle(value: unknown, verify: Verify): Bundle {
  const signed = check(signedBundleShape, value, 'signed bundle');
  const signature = fromBase64(signed.signature);
  // The last base64 digit has spare bits: only one spelling of a signature is accepted.
  const spelled = base64(signature) === signed.signature;
  if (!spelled || !verify(signed.kid, signedBytes(signed.payload), signature)) {
    throw new Problem('unauthenticated', 'bundle signature expected to verify, it does not', {
      hint: 'compare the control plane key pinned at enrolment with the one control uses now',
    });
  }
  const parsed: unknown = parseJson(signed.payload);
  const bundle = checkBundle(parsed);
  // A payload with repeated keys or other spellings would read differently in another implementation.
  if (canonicalJson(parsed as Json) !== signed.payload) {
    throw new Problem('corrupt', 'bundle payload expected canonical json (RFC 8785)');
  }
  return bundle;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem('corrupt', 'bundle payload expected json', { cause });
  }
}

/** Text that is signed: the format's name first, so that no signature of another format can pass for this one. */
function signedBytes(payload: string): Uint8Array {
  return utf8(`${BUNDLE_FORMAT}\n${payload}`);
}

/** The signed bundle a text of JSON stands for; throws `invalid` when it is too large or not one. */
export function signedBundleFrom(bytes: Uint8Array): SignedBundle {
  // The payload is JSON inside JSON: escaping at most doubles it.
  if (bytes.length > 2 * limits.BUNDLE_BYTES_MAX) {
    throw new Problem('limit', `bundle expected at most ${2 * limits.BUNDLE_BYTES_MAX} bytes`);
  }
  return check(signedBundleShape, parseJson(textOf(bytes)), 'signed bundle');
}
