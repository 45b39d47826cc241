/** Lets one act at a time through for each name; different names do not wait for each other. */
export type Turnstile = <T>(name: string, act: () => Promise<T>) => Promise<T>;

export function createTurnstile(): Turnstile {
  const last = new Map<string, Promise<unknown>>();

  async function take<T>(name: string, act: () => Promise<T>): Promise<T> {
    const before = last.get(name);
    const turn = (async () => {
      await before?.catch(() => undefined);
      return act();
    })();
    last.set(name, turn);
    try {
      return await turn;
    } finally {
      // Whoever queued up meanwhile has put its own turn there.
      if (last.get(name) === turn) last.delete(name);
    }
  }
  return take;
}
