import type { Secret } from '#base/secret';

/** Tokens are renewed this long before they end, so that none ends on its way. */
const EARLY_MS = 60_000;

/** Keeps an access token until shortly before it ends; calls at the same time share one fetch. */
export function tokenCache(
  fetchToken: () => Promise<{ readonly token: Secret; readonly seconds: number }>,
  clock: () => number,
): () => Promise<Secret> {
  let known: { readonly token: Secret; readonly untilMs: number } | undefined;
  let running: Promise<Secret> | undefined;
  const renew = async (): Promise<Secret> => {
    try {
      const { token, seconds } = await fetchToken();
      known = { token, untilMs: clock() + seconds * 1_000 - EARLY_MS };
      return token;
    } finally {
      running = undefined;
    }
  };
  return () => {
    if (known !== undefined && clock() < known.untilMs) return Promise.resolve(known.token);
    running ??= renew();
    return running;
  };
}
