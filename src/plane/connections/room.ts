import { Problem } from '#base/problem';

/** Bytes that a process holds, of which one holder has some only. */
export type Room = {
  /** What one call of somebody takes of it; `leave` gives all of that back. */
  enter(holder: string): {
    /** Throws `limit` where there is no room for so many more. */
    take(sizeBytes: number): void;
    leave(): void;
  };
};

export function createRoom({
  max,
  eachMax,
}: {
  readonly max: number;
  readonly eachMax: number;
}): Room {
  const held = new Map<string, number>();
  let all = 0;
  return {
    enter(holder) {
      let own = 0;
      return {
        take(sizeBytes) {
          const each = (held.get(holder) ?? 0) + sizeBytes;
          if (each > eachMax || all + sizeBytes > max) {
            throw new Problem('limit', 'too much is being called at once', {
              hint: 'try again in a moment',
            });
          }
          held.set(holder, each);
          all += sizeBytes;
          own += sizeBytes;
        },
        leave() {
          const left = (held.get(holder) ?? 0) - own;
          if (left > 0) held.set(holder, left);
          else held.delete(holder);
          all -= own;
          own = 0;
        },
      };
    },
  };
}
