import type { Frame } from './frame.ts';
import type { Inner, Node, Tag } from './tree.ts';

/** An expression in its place. `node` is what holds `inner`, so that it can be replaced. */
export type At<K extends Tag> = {
  readonly node: Node;
  readonly inner: Inner<K>;
  readonly frame: Frame;
};
