/** Skyflow's v2 SDK makes `https://<clusterId>.vault.skyflowapis.com` of its only setting; what it adds ends up in the path. */
const CLUSTER =
  /^\/[^/?]{0,200}\.vault\.skyflowapis(?:-preview|-sandbox|)\.(?:com|dev|tech)(?=\/)/u;

/**
 * The address without what the v2 SDK adds to it: with `clusterId: "localhost:7081/any"` it asks for
 * `https://localhost:7081/any.vault.skyflowapis.com/v1/…`. Other addresses stay as they are.
 */
export function strippedAddress(url: string): string {
  return url.replace(CLUSTER, '');
}

/** What an assertion may name as its audience, given the addresses (scheme, host and port) by which callers reach this plane. */
export function audiencesOf(addresses: readonly string[]): readonly string[] {
  return addresses.map((address) => `${address.replace(/\/+$/u, '')}/v1/auth/sa/oauth/token`);
}

/** Where this plane is had: by the name the caller called it by, if that is one the settings know, or they know none. */
export function originOf(
  { addresses }: { readonly addresses: readonly string[] },
  host: string,
): string {
  const called = `https://${host}`;
  const known = addresses.map((address) => address.replace(/\/+$/u, ''));
  return known.find((one) => one === called) ?? known[0] ?? called;
}
