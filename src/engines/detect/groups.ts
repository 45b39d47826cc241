/** Digits that stand together. */
export type Group = { readonly start: number; readonly end: number; readonly digits: string };

/** Runs of digits that are set apart by no more than the separators: each a list of its groups. */
export function* groupRuns(text: string, run: RegExp): Iterable<readonly Group[]> {
  for (const { 0: whole, index } of text.matchAll(run)) {
    yield [...whole.matchAll(/\d+/gu)].map((group) => {
      const start = index + group.index;
      return { start, end: start + group[0].length, digits: group[0] };
    });
  }
}
