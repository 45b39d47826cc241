import type { Policy, PolicyTest, ProjectDocument, PurposeDocument } from './document.ts';
import type { VaultPolicy } from './vaultdocument.ts';

/** Every kind of document there is. */
export type PrivetDocument = Policy | VaultPolicy | PurposeDocument | ProjectDocument | PolicyTest;
export type DocumentKind = PrivetDocument['kind'];
