const DOUBLINGS_MAX = 200;
const HALVINGS = 40;

/** The farthest distance, in steps of `step` and halves of them, that `accepts`; null when it accepts everything that far and farther. */
export function edgeOf(step: number, accepts: (distance: number) => boolean): number | null {
  if (!accepts(0)) return 0;
  let [inside, outside] = [0, step];
  for (let doublings = 0; accepts(outside); doublings += 1) {
    if (doublings === DOUBLINGS_MAX) return null;
    [inside, outside] = [outside, outside * 2];
  }
  for (let halvings = 0; halvings < HALVINGS; halvings += 1) {
    const middle = (inside + outside) / 2;
    if (accepts(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
