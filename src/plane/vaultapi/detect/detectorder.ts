import type { ProblemCode } from '#base/problem';
import type { DeidentifiedFile, FileFormat } from './detectfile.ts';
import type { DetectBody } from './detectwish.ts';

/** What the thread that works a file off is given. */
export type FileOrder = {
  readonly bytes: Uint8Array;
  readonly format: FileFormat;
  readonly body: DetectBody;
};

/** What it says. */
export type FileAnswer =
  | ({ readonly kind: 'done' } & DeidentifiedFile)
  | {
      readonly kind: 'fault';
      readonly code: ProblemCode;
      readonly message: string;
      readonly hint: string | null;
    };
