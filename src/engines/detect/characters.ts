/** Turns places in UTF-16 code units into places in Unicode code points, for places that come in rising order. */
export function codePoints(text: string): (place: number) => number {
  let [at, count] = [0, 0];
  const isPlain = !/[\uD800-\uDBFF]/u.test(text) && !/[\u{10000}-\u{10FFFF}]/u.test(text);
  if (isPlain) return (place) => place;
  return (place) => {
    if (place < at) [at, count] = [0, 0];
    while (at < place) {
      const code = text.codePointAt(at) ?? 0;
      at += code > 0xffff ? 2 : 1;
      count += 1;
    }
    return count;
  };
}

/** Words are what spaces part. */
export function countWords(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0;
}
