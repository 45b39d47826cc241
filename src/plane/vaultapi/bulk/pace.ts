import { Problem } from '#base/problem';

/** How long each batch of a stream may take to come. */
export type Pace = {
  /** The time of the next batch begins. */
  begin(): void;
  /** What comes, if it comes in the time that is left; throws `limit`. */
  within<T>(coming: Promise<T>): Promise<T>;
};

/** Without it, whoever sends byte by byte would hold the place of a stream for ever. */
export function createPace(secondsMax: number, of: string): Pace {
  let endMs = 0;
  const begin = () => {
    endMs = performance.now() + secondsMax * 1_000;
  };
  begin();
  return {
    begin,
    async within(coming) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const leftMs = Math.max(0, endMs - performance.now());
        timer = setTimeout(() => reject(tooSlow(secondsMax, of)), leftMs);
      });
      try {
        return await Promise.race([coming, late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function tooSlow(seconds: number, of: string): Problem {
  return new Problem('limit', `${of} took longer than ${seconds} s to come`, {
    hint: 'what was answered is done: go on from there when there is more to send',
  });
}
