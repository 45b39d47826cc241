/** A regular expression as a tree whose texts can be counted: what tokens of a shape are drawn from. */
export type PatternTree =
  | { readonly kind: 'one-of'; readonly characters: readonly string[] }
  | { readonly kind: 'in-order'; readonly parts: readonly PatternTree[] }
  | { readonly kind: 'either'; readonly parts: readonly PatternTree[] }
  | {
      readonly kind: 'repeat';
      readonly part: PatternTree;
      readonly min: number;
      readonly max: number;
    };

/** How many texts the tree describes, counting a text twice that it describes in two ways. */
export function countOf(tree: PatternTree): bigint {
  switch (tree.kind) {
    case 'one-of':
      return BigInt(tree.characters.length);
    case 'in-order':
      return tree.parts.reduce((product, part) => product * countOf(part), 1n);
    case 'either':
      return tree.parts.reduce((sum, part) => sum + countOf(part), 0n);
    case 'repeat': {
      const each = countOf(tree.part);
      let sum = 0n;
      for (let times = tree.min; times <= tree.max; times++) sum += each ** BigInt(times);
      return sum;
    }
    default:
      return tree satisfies never;
  }
}

/** The text of that number, from 0 to one less than the count. */
export function textAt(tree: PatternTree, number: bigint): string {
  switch (tree.kind) {
    case 'one-of':
      return tree.characters[Number(number)] ?? '';
    case 'in-order':
      return tree.parts.reduce(
        ({ text, rest }, part) => {
          const count = countOf(part);
          return { text: text + textAt(part, rest % count), rest: rest / count };
        },
        { text: '', rest: number },
      ).text;
    case 'either': {
      let rest = number;
      for (const part of tree.parts) {
        const count = countOf(part);
        if (rest < count) return textAt(part, rest);
        rest -= count;
      }
      return '';
    }
    case 'repeat': {
      const each = countOf(tree.part);
      let rest = number;
      let times = tree.min;
      while (rest >= each ** BigInt(times)) rest -= each ** BigInt(times++);
      let text = '';
      for (; times > 0; times--) {
        text += textAt(tree.part, rest % each);
        rest /= each;
      }
      return text;
    }
    default:
      return tree satisfies never;
  }
}
