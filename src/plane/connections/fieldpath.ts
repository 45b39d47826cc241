import { Problem } from '#base/problem';
import { PATH_SEGMENTS_MAX } from './limits.ts';

/** Where a value stands in a body: keys, and numbers for the elements of lists. */
export type Place = readonly (string | number)[];

/** Which values a field means: keys, and `*` for every element of a list. */
export type FieldPath = readonly string[];

/** `data.emails.*.address`, read; throws `invalid`. Keys with a dot in them cannot be named. */
export function fieldPath(text: string): FieldPath {
  const segments = text.split('.');
  if (segments.length > PATH_SEGMENTS_MAX || segments.some((one) => one === '')) {
    throw new Problem('invalid', `field \`${text.slice(0, 80)}\` expected keys with dots between`, {
      hint: 'such as `card.number`, or `emails.*.address` for every element of a list',
    });
  }
  return segments;
}

/** The elements that the stars of a path stand for at this place, or null where the path means another. */
export function elementsAt(path: FieldPath, place: Place): readonly number[] | null {
  if (path.length !== place.length) return null;
  const elements: number[] = [];
  for (const [i, segment] of path.entries()) {
    const step = place[i];
    if (segment === '*' && typeof step === 'number') elements.push(step);
    else if (String(step) !== segment) return null;
  }
  return elements;
}

/** The place as messages name it: without what a body may have for keys, as far as a path says them. */
export function pathText(path: FieldPath): string {
  return path.join('.');
}
