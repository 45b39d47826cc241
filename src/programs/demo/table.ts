import type { Row } from './cell.ts';
import type { World } from './world.ts';

/** A table of the demo and how its rows come about; rows have the columns in the order of the table's definition. */
export type Table = {
  /** Schema and table as SQL writes them, quoted where they must be. */
  readonly name: string;
  readonly rows: (world: World) => Iterable<Row>;
};
