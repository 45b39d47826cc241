import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import type { Dispatcher } from 'undici';
import { concat } from '#base/bytes';
import { Problem } from '#base/problem';
import { GET_BYTES_MAX, checkKey, checkPrefix } from './blobstore.ts';
import type { BlobStore, Body, ByteRange, Listed } from './blobstore.ts';
import { readS3Address } from './s3address.ts';
import { s3Transport } from './s3transport.ts';

export type S3Settings = {
  /** `s3://bucket/prefix?region=…&endpoint=…`; credentials come from the SDK's own chain (roles of the machine first). */
  readonly address: string;
  /** Makes the connections (the plane's egress). */
  readonly dispatcher: Dispatcher;
  /** Days for which nobody can delete or change what is put, whoever asks: Object Lock in compliance mode. */
  readonly retainDays?: number;
  readonly nowMs?: () => number;
};

/** Bytes of one part: what is longer goes up in parts, of which memory holds one (S3 takes 5 MiB at least, 10,000 parts at most). */
const PART_BYTES = 16 * 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
const ATTEMPTS_MAX = 3;

type Sdk = typeof import('@aws-sdk/client-s3');
type Bucket = {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
  readonly lock: () => Pick<PutObjectCommandInput, 'ObjectLockMode' | 'ObjectLockRetainUntilDate'>;
};

/**
 * Blobs as objects of a bucket. `ifAbsent` is the conditional write of S3 (`If-None-Match: *`). With `retainDays` the
 * bucket has to have Object Lock, which is checked once at opening; a later `delete` then only hides an object. Throws
 * `invalid` for an address or bucket that will not do, `unavailable` when it cannot be asked.
 */
export async function openS3Blobs(settings: S3Settings): Promise<BlobStore> {
  const sdk = await import('@aws-sdk/client-s3');
  const { bucket, prefix, region, endpoint } = readS3Address(settings.address);
  const client = new sdk.S3Client({
    region,
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: s3Transport(settings.dispatcher),
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
  });
  const { retainDays, nowMs = Date.now } = settings;
  const lock = (): ReturnType<Bucket['lock']> => {
    if (retainDays === undefined) return {};
    const until = new Date(nowMs() + retainDays * DAY_MS);
    return { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until };
  };
  const place: Bucket = { sdk, client, bucket, prefix, lock };
  if (retainDays !== undefined) await requireLock(place);
  const at = (key: string) => ({ Bucket: bucket, Key: `${prefix}${checkKey(key)}` });

  return {
    name: `s3://${bucket}/${prefix}`,
    async put(key, body, options = {}) {
      const target = { ...at(key), ...(options.ifAbsent === true ? { IfNoneMatch: '*' } : {}) };
      await store(place, target, body).catch(refuse);
    },
    async get(key) {
      try {
        const found = await client.send(new sdk.GetObjectCommand(at(key)));
        return await whole(found.Body as AsyncIterable<Uint8Array> | undefined);
      } catch (error) {
        return isAbsent(error) ? null : refuse(error);
      }
    },
    read: (key, range) => pieces(place, at(key), range),
    list: (wanted, after = '') => listed(place, checkPrefix(wanted), after),
    async delete(key) {
      await client.send(new sdk.DeleteObjectCommand(at(key))).catch(refuse);
    },
  };
}

/** A body in one piece; reading stops where it gets too long, whatever was said of its length. */
async function whole(body: AsyncIterable<Uint8Array> | undefined): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > GET_BYTES_MAX) throw tooLarge();
    read.push(piece);
  }
  return concat(...read);
}

async function requireLock({ sdk, client, bucket: Bucket }: Bucket): Promise<void> {
  const asked = new sdk.GetObjectLockConfigurationCommand({ Bucket });
  const found = await client.send(asked).catch((error: unknown) => {
    if (nameOf(error) === 'ObjectLockConfigurationNotFoundError') return null;
    return refuse(error);
  });
  if (found?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled') return;
  throw new Problem('invalid', `bucket \`${Bucket}\` has no Object Lock`, {
    hint: 'Object Lock is switched on when a bucket is made: make another one',
  });
}

type Target = { readonly Bucket: string; readonly Key: string; readonly IfNoneMatch?: string };

/** One request for what fits in a part, else a part a request: there whole when the last of them says so, or not at all. */
async function store(place: Bucket, target: Target, body: Body): Promise<void> {
  const { sdk, client, lock } = place;
  const parts = partsOf(body instanceof Uint8Array ? [body] : body);
  const first = (await parts.next()).value ?? new Uint8Array();
  const second = await parts.next();
  if (second.done === true) {
    await client.send(new sdk.PutObjectCommand({ ...target, ...lock(), Body: first }));
    return;
  }
  const { Bucket, Key, ...condition } = target;
  const begun = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key, ...lock() }));
  const upload = { Bucket, Key, UploadId: begun.UploadId };
  try {
    const sent: { PartNumber: number; ETag: string | undefined }[] = [];
    const send = async (Body: Uint8Array) => {
      const PartNumber = sent.length + 1;
      const part = new sdk.UploadPartCommand({ ...upload, PartNumber, Body });
      sent.push({ PartNumber, ETag: (await client.send(part)).ETag });
    };
    await send(first);
    await send(second.value);
    for await (const part of parts) await send(part);
    const whole = { ...upload, ...condition, MultipartUpload: { Parts: sent } };
    await client.send(new sdk.CompleteMultipartUploadCommand(whole));
  } catch (error) {
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

/** The body in parts of the full size, but for the last. */
async function* partsOf(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, undefined> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    for (let rest = piece; rest.length > 0;) {
      const taken = rest.subarray(0, PART_BYTES - size);
      rest = rest.subarray(taken.length);
      held.push(taken);
      size += taken.length;
      if (size < PART_BYTES) continue;
      yield concat(...held);
      held = [];
      size = 0;
    }
  }
  if (size > 0) yield concat(...held);
}

async function* pieces(
  { sdk, client }: Bucket,
  object: Target,
  { from, sizeBytes }: ByteRange = { from: 0 },
): AsyncGenerator<Uint8Array> {
  if (sizeBytes === 0) return;
  const end = sizeBytes === undefined ? '' : from + sizeBytes - 1;
  const range = from === 0 && sizeBytes === undefined ? {} : { Range: `bytes=${from}-${end}` };
  try {
    const found = await client.send(new sdk.GetObjectCommand({ ...object, ...range }));
    for await (const piece of found.Body as AsyncIterable<Uint8Array>) yield new Uint8Array(piece);
  } catch (error) {
    if (isAbsent(error)) throw new Problem('not-found', 'there is no such blob');
    // The range begins behind the last byte.
    if (nameOf(error) === 'InvalidRange') return;
    refuse(error);
  }
}

async function* listed(
  { sdk, client, bucket: Bucket, prefix }: Bucket,
  wanted: string,
  after: string,
): AsyncGenerator<Listed> {
  const start = after === '' ? {} : { StartAfter: `${prefix}${after}` };
  let token: string | undefined;
  do {
    const next = token === undefined ? {} : { ContinuationToken: token };
    const asked = { Bucket, Prefix: `${prefix}${wanted}`, ...start, ...next };
    const page = await client.send(new sdk.ListObjectsV2Command(asked)).catch(refuse);
    for (const { Key = '', Size = 0 } of page.Contents ?? []) {
      yield { key: Key.slice(prefix.length), sizeBytes: Size };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function isAbsent(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound'].includes(nameOf(error));
}

function tooLarge(): Problem {
  return new Problem('limit', `blob expected at most ${GET_BYTES_MAX} bytes, got more`);
}

/** Two that put the same key at once: one of them is told so (412), or that they were two (409). */
const CONFLICTS = new Set(['PreconditionFailed', 'ConditionalRequestConflict']);

function refuse(cause: unknown): never {
  if (cause instanceof Problem) throw cause;
  const name = nameOf(cause);
  if (CONFLICTS.has(name)) throw new Problem('conflict', 'there is such a blob already', { cause });
  throw new Problem('unavailable', `the bucket cannot be used (${name || 'unknown'})`, {
    hint: 'see that it is there, that credentials are found, and that they may get, put, list and delete',
    cause,
  });
}
