import { Problem } from '#base/problem';
import { NAME_CHARACTERS_MAX, PATH_SEGMENTS_MAX } from './limits.ts';

/** Where a value stands in a body: keys, and numbers for the elements of lists. */
export type Place = readonly (string | number)[];

/** Which values a field means: keys, and `*` for every element of a list. */
export type FieldPath = readonly string[];

const PATH = /^[^.[\]]+(?:\.[^.[\]]+|\[[^.[\]]*\])*$/u;

/** `data.emails.*.address`, or as forms write it `emails[][address]`; throws `invalid`. Keys with a dot or a bracket cannot be named. */
export function fieldPath(text: string): FieldPath {
  if (PATH.test(text)) return stepsIn(text).map((step) => (step === '' ? '*' : step));
  throw new Problem('invalid', `field \`${text.slice(0, 80)}\` expected keys with dots between`, {
    hint: 'such as `card.number`, or `emails.*.address` for every element of a list',
  });
}

/** The steps of a name: `card[number]` and `card.number` are two of them; `tags[]` ends in an empty one. */
export function stepsIn(name: string): readonly string[] {
  const steps = name.split(/[.[]/u).map((step, i) => (i === 0 ? step : step.replace(/\]$/u, '')));
  if (steps.length <= PATH_SEGMENTS_MAX && name.length <= NAME_CHARACTERS_MAX) return steps;
  throw new Problem(
    'invalid',
    `a name expected at most ${PATH_SEGMENTS_MAX} steps and ${NAME_CHARACTERS_MAX} characters`,
  );
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
