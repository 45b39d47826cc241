import { Problem } from '#base/problem';

/** Where a server listens. */
export type Endpoint = { readonly host: string; readonly port: number };

const ENDPOINT = /^(?:\[(?<bracketed>[\da-f:.]+)\]|(?<plain>[\w.-]+)):(?<port>\d{1,5})$/iu;

/** Reads `host:port`, with IPv6 addresses in brackets; throws `invalid` naming `label`. */
export function endpointFrom(text: string, label: string): Endpoint {
  const groups = ENDPOINT.exec(text)?.groups;
  const host = groups?.['bracketed'] ?? groups?.['plain'];
  const port = Number(groups?.['port']);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new Problem(
    'invalid',
    `\`${label}\` expected \`host:port\`, got \`${text.slice(0, 80)}\``,
    {
      hint: '`127.0.0.1:7080` is this machine only, `[::]:7080` every address',
    },
  );
}

/** The address under which programs on this machine reach a server that listens there. */
export function localAddress(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `https://127.0.0.1:${port}`;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
