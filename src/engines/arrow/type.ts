export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/** The types that are read and written; every other one is refused. `wide` ones have offsets of 64 bits. */
export type ArrowType =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'utf8'; readonly wide: boolean }
  | { readonly kind: 'binary'; readonly wide: boolean }
  | { readonly kind: 'date'; readonly unit: 'day' | 'ms' }
  | { readonly kind: 'time'; readonly unit: TimeUnit }
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit; readonly zone: string | null }
  | { readonly kind: 'list'; readonly wide: boolean; readonly item: ArrowField }
  | { readonly kind: 'struct'; readonly fields: readonly ArrowField[] };

/** A column, or a column within one. */
export type ArrowField = {
  readonly name: string;
  readonly type: ArrowType;
  /** Where the column holds numbers of values that lie in a dictionary. */
  readonly dictionary: DictionaryUse | null;
};

export type DictionaryUse = {
  readonly id: number;
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
};

export const TEXT: ArrowType = { kind: 'utf8', wide: false };
