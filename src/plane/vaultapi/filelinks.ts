import type { VaultCall } from './route.ts';

/** How long a link lives that a get gives with `downloadURL=true`: as Skyflow's. */
export const LINK_SECONDS = 900;

/** Where a link's file is had: at this plane, by the name the caller called it by. */
export function linkUrl(
  { request }: Pick<VaultCall<unknown, unknown, unknown>, 'request'>,
  { vault, link }: { readonly vault: string; readonly link: string },
): string {
  return `https://${request.host}/v1/vaults/${vault}/files?link=${link}`;
}
