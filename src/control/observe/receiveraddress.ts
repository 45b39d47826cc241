import { lookup } from 'node:dns';
import type { LookupOptions } from 'node:dns';
import { addressOf, classOf } from '#platform/http';

/** Whether receivers may live on this machine. */
export type Reach = { readonly loopback: boolean };

/**
 * Whether no receiver of alerts lives at a host that is written as an address: this machine itself (unless `loopback`),
 * link-local and reserved networks, and services that hand out credentials, whatever form they are written in. Names
 * are for `receiverLookup`.
 */
export function isForbiddenReceiver(host: string, loopback: boolean): boolean {
  const address = addressOf(host.replaceAll(/[[\]]|%.*$/gu, ''));
  if (address === null) return false;
  const where = classOf(address);
  if (where === 'loopback') return !loopback;
  return where === 'link-local' || where === 'metadata' || where === 'reserved';
}

/** The error of a connection that was not made; its code is `PRIVET_FORBIDDEN`. */
export function forbiddenReceiver(): Error {
  return Object.assign(new Error('forbidden address'), { code: 'PRIVET_FORBIDDEN' });
}

type LookedUp = (
  error: NodeJS.ErrnoException | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

/** Looks names up for a socket and refuses forbidden addresses on the very answer that is connected to. */
export function receiverLookup(loopback: boolean) {
  return (host: string, options: LookupOptions, done: LookedUp): void => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, []);
      if (addresses.some(({ address }) => isForbiddenReceiver(address, loopback))) {
        return done(forbiddenReceiver(), []);
      }
      const [first] = addresses;
      if (options.all === true || first === undefined) return done(null, addresses);
      return done(null, first.address, first.family);
    });
  };
}
