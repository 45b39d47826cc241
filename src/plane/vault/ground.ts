import type { CellThread } from './records/cellthread.ts';
import type { ImportManifests } from './moving/importmanifests.ts';
import type { VaultPorts } from './ports.ts';
import type { SchemaCache } from './schema/schemacache.ts';
import type { SubjectKeys } from './keys/subjectkeys.ts';
import type { Trash } from './trash.ts';

/** What every operation of the vault stands on. */
export type VaultGround = {
  readonly ports: VaultPorts;
  readonly cellThread: CellThread;
  readonly schemas: SchemaCache;
  readonly subjectKeys: SubjectKeys;
  readonly trash: Trash;
  readonly manifests: ImportManifests;
};
