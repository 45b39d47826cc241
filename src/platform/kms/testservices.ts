import {
  constants,
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { crc32c } from './crc32c.ts';

/**
 * Stand-ins for key services that cannot be reached from a test: small servers that hold to the documented requests,
 * answers and refusals of each, with real cryptography behind. They show that our side of the contract is kept, not that
 * the service keeps its own.
 */
export type StandIn = {
  readonly origin: string;
  /** Requests seen, by path. */
  readonly asked: string[];
  /** How it behaves from now on. */
  behave(as: 'well' | 'slow' | 'down' | 'refusing'): void;
  disable(): void;
  enable(): void;
  rotate(): void;
  stop(): Promise<void>;
};

type Reply = readonly [status: number, body: unknown];
type Body = Readonly<Record<string, unknown>>;
type State = {
  readonly keys: readonly Buffer[];
  readonly enabled: boolean;
  readonly refusing: boolean;
};
type Contract = (path: string, body: Body, state: State) => Reply;

/** AES-GCM under one of several key versions, the version in the first byte, as services do it in some way. */
function seal({ keys }: State, plaintext: Buffer, aad: Buffer): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keys.at(-1) ?? Buffer.alloc(0), iv).setAAD(aad);
  return Buffer.concat([
    Buffer.of(keys.length),
    iv,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

function unseal({ keys }: State, sealed: Buffer, aad: Buffer): Buffer | null {
  try {
    const key = keys[(sealed[0] ?? 0) - 1] ?? Buffer.alloc(0);
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13)).setAAD(aad);
    decipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(13, -16)), decipher.final()]);
  } catch {
    return null;
  }
}

const bytes = (value: unknown) => Buffer.from(String(value), 'base64');

/** POST / with `x-amz-target`, JSON 1.1 (AWS KMS API reference, Encrypt and Decrypt). */
export const awsContract: Contract = (target, body, state) => {
  const refuse = (kind: string): Reply => [400, { __type: kind, message: kind }];
  const aad = Buffer.from(JSON.stringify(body['EncryptionContext'] ?? {}));
  if (state.refusing) return refuse('AccessDeniedException');
  if (!state.enabled) return refuse('DisabledException');
  if (target === 'TrentService.Encrypt')
    return [
      200,
      {
        KeyId: body['KeyId'],
        CiphertextBlob: seal(state, bytes(body['Plaintext']), aad).toString('base64'),
      },
    ];
  const opened = unseal(state, bytes(body['CiphertextBlob']), aad);
  return opened === null
    ? refuse('InvalidCiphertextException')
    : [200, { KeyId: body['KeyId'], Plaintext: opened.toString('base64') }];
};

/** `projects.locations.keyRings.cryptoKeys` encrypt and decrypt, REST version 1. */
export const gcpContract: Contract = (path, body, state) => {
  const refuse = (code: number, status: string): Reply => [
    code,
    { error: { code, status, message: status } },
  ];
  if (path === '/token') return [200, { access_token: 'ya29.example', expires_in: 3_600 }];
  const aad = bytes(body['additionalAuthenticatedData']);
  if (state.refusing) return refuse(403, 'PERMISSION_DENIED');
  if (!state.enabled) return refuse(400, 'FAILED_PRECONDITION');
  if (String(crc32c(aad)) !== body['additionalAuthenticatedDataCrc32c'])
    return refuse(400, 'INVALID_ARGUMENT');
  if (path.endsWith(':encrypt')) {
    const sealed = seal(state, bytes(body['plaintext']), aad);
    return [
      200,
      {
        name: path.slice(4),
        ciphertext: sealed.toString('base64'),
        ciphertextCrc32c: String(crc32c(sealed)),
        verifiedPlaintextCrc32c:
          String(crc32c(bytes(body['plaintext']))) === body['plaintextCrc32c'],
        verifiedAdditionalAuthenticatedDataCrc32c: true,
      },
    ];
  }
  const opened = unseal(state, bytes(body['ciphertext']), aad);
  if (opened === null) return refuse(400, 'INVALID_ARGUMENT');
  return [200, { plaintext: opened.toString('base64'), plaintextCrc32c: String(crc32c(opened)) }];
};

/** Key Vault REST 7.4: `wrapkey`, `unwrapkey` with RSA-OAEP-256; a disabled key still wraps. */
export function azureContract(origin: () => string): Contract {
  const pairs: { publicKey: KeyObject; privateKey: KeyObject }[] = [];
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const refuse = (code: number, kind: string, inner: string): Reply => [
    code,
    { error: { code: kind, message: kind, innererror: { code: inner } } },
  ];
  return (path, body, state) => {
    if (path.endsWith('/oauth2/v2.0/token'))
      return [200, { access_token: 'eyJ.example', expires_in: '3599' }];
    if (state.refusing) return refuse(403, 'Forbidden', 'AccessDenied');
    while (pairs.length < state.keys.length)
      pairs.push(generateKeyPairSync('rsa', { modulusLength: 2_048 }));
    const value = Buffer.from(String(body['value']), 'base64url');
    const version = path.endsWith('/wrapkey')
      ? pairs.length
      : Number.parseInt(path.split('/')[3] ?? '', 16);
    const pair = pairs[version - 1];
    const kid = `${origin()}/keys/privet/${version.toString(16).padStart(32, '0')}`;
    if (pair === undefined) return refuse(404, 'KeyNotFound', '');
    if (path.endsWith('/wrapkey'))
      return [
        200,
        {
          kid,
          value: publicEncrypt({ key: pair.publicKey, ...padding }, value).toString('base64url'),
        },
      ];
    if (!state.enabled) return refuse(403, 'Forbidden', 'KeyDisabled');
    try {
      return [
        200,
        {
          kid,
          value: privateDecrypt({ key: pair.privateKey, ...padding }, value).toString('base64url'),
        },
      ];
    } catch {
      return refuse(400, 'BadParameter', '');
    }
  };
}

/** `transit/encrypt/:name` and `transit/decrypt/:name` of Vault 1.13 and OpenBao 2, with `associated_data`. */
export const transitContract: Contract = (path, body, state) => {
  const refuse = (code: number, text: string): Reply => [code, { errors: [text] }];
  const aad = bytes(body['associated_data']);
  if (state.refusing) return refuse(403, 'permission denied');
  if (!state.enabled) return refuse(400, 'encryption key not found');
  if (path.includes('/encrypt/')) {
    const sealed = seal(state, bytes(body['plaintext']), aad);
    return [
      200,
      { data: { ciphertext: `vault:v${state.keys.length}:${sealed.toString('base64')}` } },
    ];
  }
  const [mark, , sealed] = String(body['ciphertext']).split(':');
  const exact = mark === 'vault' && bytes(sealed).toString('base64') === sealed;
  const opened = exact ? unseal(state, bytes(sealed), aad) : null;
  return opened === null
    ? refuse(400, 'invalid ciphertext: unable to decrypt')
    : [200, { data: { plaintext: opened.toString('base64') } }];
};

/** Starts a stand-in on a port of its own; `make` is told where it listens. */
export async function startStandIn(make: (origin: () => string) => Contract): Promise<StandIn> {
  const asked: string[] = [];
  const state = { keys: [randomBytes(32)], enabled: true, as: 'well' };
  const at = { origin: '' };
  const contract = make(() => at.origin);
  const server = createServer((request, response) => {
    void (async () => {
      const text = await textOf(request);
      const target = request.headers['x-amz-target'];
      const path = typeof target === 'string' ? target : (request.url ?? '').replace(/\?.*/u, '');
      asked.push(path);
      if (state.as === 'down') return request.socket.destroy();
      if (state.as === 'slow') return undefined;
      const isJson = (request.headers['content-type'] ?? '').includes('json');
      const body = (isJson ? JSON.parse(text) : {}) as Body;
      const [status, answer] = contract(path, body, {
        ...state,
        refusing: state.as === 'refusing',
      });
      response.writeHead(status, { 'content-type': 'application/json' });
      return response.end(JSON.stringify(answer));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  at.origin = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
  return {
    origin: at.origin,
    asked,
    behave: (as) => void (state.as = as),
    disable: () => void (state.enabled = false),
    enable: () => void (state.enabled = true),
    rotate: () => void state.keys.push(randomBytes(32)),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
