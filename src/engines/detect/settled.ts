/** A place in a text that holds something. */
export type Place = {
  readonly start: number;
  readonly end: number;
  readonly entity: string;
  readonly score: number;
};

/** A place with how certain each kind is that was found in it. */
export type Settled<P extends Place> = P & { readonly scores: Readonly<Record<string, number>> };

/**
 * Places that do not overlap and together cover every one that was given: nothing that was found is left over. What covers all
 * of a place names it, the more certain one where there are several, the earlier given of equals; else the more certain, then
 * the longer one.
 */
export function settled<P extends Place>(found: readonly P[]): readonly Settled<P>[] {
  const groups: P[][] = [];
  let end = -1;
  for (const place of found.toSorted((a, b) => a.start - b.start)) {
    if (place.start < end) groups.at(-1)?.push(place);
    else groups.push([place]);
    end = Math.max(end, place.end);
  }
  return groups.flatMap(merged);
}

function merged<P extends Place>(group: readonly P[]): readonly Settled<P>[] {
  const [first] = group;
  if (first === undefined) return [];
  const { start } = first;
  const end = Math.max(...group.map((place) => place.end));
  const isWhole = (place: P) => Number(place.start === start && place.end === end);
  const [best = first] = group.toSorted(
    (a, b) => isWhole(b) - isWhole(a) || b.score - a.score || b.end - b.start - (a.end - a.start),
  );
  const scores: Record<string, number> = {};
  for (const { entity, score } of group) scores[entity] = Math.max(scores[entity] ?? 0, score);
  return [{ ...best, start, end, scores }];
}
