import type { ProblemCode } from '#base/problem';
import type { ArrowField, ArrowMessage } from '#engines/arrow';

/** What the thread that reads Arrow is told, one at a time: the next message, or to go on with the last one. */
export type ArrowOrder =
  | { readonly kind: 'message'; readonly message: ArrowMessage }
  | { readonly kind: 'more' };

export type ArrowAnswer =
  | { readonly kind: 'schema'; readonly fields: readonly ArrowField[] }
  /** All that came is read. */
  | { readonly kind: 'hungry' }
  /** Rows as lines of JSON; the batch may have more of them. */
  | { readonly kind: 'rows'; readonly lines: string }
  | {
      readonly kind: 'fault';
      readonly code: ProblemCode;
      readonly message: string;
      readonly hint: string | null;
    };
