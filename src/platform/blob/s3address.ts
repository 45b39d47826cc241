import { Problem } from '#base/problem';

/** A bucket of S3, or of a server that speaks its protocol, and the keys in it that are ours. */
export type S3Address = {
  readonly bucket: string;
  /** Before every key, with a slash at its end; empty for the whole bucket. */
  readonly prefix: string;
  readonly region: string;
  /** Origin of another server than Amazon's; buckets are then part of the path. */
  readonly endpoint: string | null;
};

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u;
const PREFIX = /^(?:[A-Za-z0-9_=@+-][A-Za-z0-9._=@+-]{0,127}\/){0,4}$/u;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;
const REGION = /^[a-z0-9-]{2,40}$/u;

/** Reads `s3://bucket/prefix?region=…&endpoint=…`; throws `invalid`. Credentials have no place in it. */
export function readS3Address(text: string): S3Address {
  const url = URL.parse(text);
  if (url?.protocol !== 's3:' || url.username !== '' || url.password !== '' || url.port !== '') {
    throw wrong('`s3://` and a bucket');
  }
  const known = new Set(['region', 'endpoint']);
  const unknown = [...url.searchParams.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) throw wrong(`\`region\` and \`endpoint\`, got \`${unknown}\``);
  const path = url.pathname.replace(/^\//u, '').replace(/\/$/u, '');
  const prefix = path === '' ? '' : `${path}/`;
  const region = url.searchParams.get('region') ?? '';
  if (!BUCKET.test(url.hostname)) throw wrong('the name of a bucket');
  if (!PREFIX.test(prefix)) throw wrong('a prefix of at most four plain names');
  if (!REGION.test(region)) throw wrong('a region');
  return { bucket: url.hostname, prefix, region, endpoint: originOf(url) };
}

function originOf(url: URL): string | null {
  const text = url.searchParams.get('endpoint');
  if (text === null) return null;
  const endpoint = URL.parse(text);
  if (endpoint?.protocol === 'https:') return endpoint.origin;
  // What goes unencrypted stays on this machine.
  if (endpoint?.protocol === 'http:' && LOOPBACK.test(endpoint.hostname)) return endpoint.origin;
  throw wrong('an https origin as `endpoint`, or an http one of this machine');
}

/** Where requests go, so that the plane's egress can be told. */
export function s3Place({ bucket, region, endpoint }: S3Address): { host: string; port: number } {
  const url = new URL(endpoint ?? `https://${bucket}.s3.${region}.amazonaws.com`);
  const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
  return { host: url.hostname.replaceAll(/^\[|\]$/gu, ''), port };
}

function wrong(expected: string): Problem {
  return new Problem('invalid', `s3 address expected ${expected}`, {
    hint: 'such as `s3://example-privet/plane-1?region=eu-west-1`',
  });
}
