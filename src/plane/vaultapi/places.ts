import { Problem } from '#base/problem';

/** Takes a place for an account; the answer gives it back, once. Throws `limit` where none is left. */
export type Places = (subject: string) => () => void;

/** Places in a process, of which one account has some only: whoever holds its own for long holds up nobody else. */
export function createPlaces({
  max,
  eachMax,
  of,
}: {
  readonly max: number;
  /** Places of one account. */
  readonly eachMax: number;
  /** What they are places for, in a refusal. */
  readonly of: string;
}): Places {
  const taken = new Map<string, number>();
  let all = 0;
  return (subject) => {
    const own = taken.get(subject) ?? 0;
    if (own >= eachMax) throw full(`limit ${eachMax} ${of} at once for one account`);
    if (all >= max) throw full(`limit ${max} ${of} at once`);
    taken.set(subject, own + 1);
    all += 1;
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      all -= 1;
      const left = (taken.get(subject) ?? 0) - 1;
      if (left === 0) taken.delete(subject);
      else taken.set(subject, left);
    };
  };
}

function full(message: string): Problem {
  return new Problem('limit', message, { hint: 'try again in a moment' });
}
