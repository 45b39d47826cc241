import type { CellThread } from './cellthread.ts';
import type { ImportManifests } from './importmanifests.ts';
import type { VaultPorts } from './ports.ts';
import type { SchemaCache } from './schemacache.ts';
import type { SubjectKeys } from './subjectkeys.ts';
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
