import { digest, idLike } from './shape.ts';

/** A plane's id, or the name its operator gave it. */
export const planeId = () => idLike(/^[a-z0-9][a-z0-9_-]{0,62}$/u);
/** A signing key's id. */
export const keyId = () => idLike(/^[A-Za-z0-9_-]{1,64}$/u);
/** A decision's id: `dec_` and a digest. */
export const decisionId = () => idLike(/^dec_[A-Za-z0-9_-]{8,70}$/u);
/** A statement's fingerprint: libpg-query's 16 hex digits, or a SHA-256. */
export const fingerprint = () => digest(/^[0-9a-f]{16}(?:[0-9a-f]{48})?$/u, 64);

/** The forms above under one name. */
export const nameForms = { planeId, keyId, decisionId, fingerprint } as const;
