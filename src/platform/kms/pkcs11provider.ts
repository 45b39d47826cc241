import { concat, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import {
  CKR,
  cryptParameters,
  findTemplate,
  objectAttributes,
  ulong,
  ulongAt,
} from './pkcs11bytes.ts';
import { loadPkcs11 } from './pkcs11module.ts';
import type { CallName, Pkcs11Module } from './pkcs11module.ts';
import type { KeyContext, KeyProvider } from './provider.ts';
import {
  keyUnusable,
  notUnwrapped,
  SERVICE_TIMEOUT_MS,
  serviceRefused,
  unanswered,
} from './servicecall.ts';

export type Pkcs11Settings = {
  readonly name: string;
  /** The vendor's library. */
  readonly modulePath: string;
  readonly token: string;
  /** Label of an AES-256 key that the HSM does not give out. */
  readonly key: string;
  readonly pin: () => Promise<Secret>;
  readonly random: (sizeBytes: number) => Uint8Array;
};

const FORMAT = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CKF_SERIAL_SESSION = 4;
const CKU_USER = 1;
/** Calls at once: a hung HSM must leave some of libuv's four threads to everybody else. */
const LANES = 2;

type Session = { readonly id: number; readonly key: number };

/**
 * An HSM by PKCS#11: AES-256-GCM inside it, with the context as associated data, under a key that was made there and
 * cannot leave it. The key is looked up for every call, so that destroying it takes effect with the next one.
 */
export async function openPkcs11Provider(settings: Pkcs11Settings): Promise<KeyProvider> {
  const { name, random } = settings;
  const module = await loadPkcs11(settings.modulePath);
  const hsm = createHsm(module, settings);
  const inLane = lanes(LANES);
  const within = <T>(work: (session: Session) => Promise<T>) =>
    timely(
      name,
      inLane(() => hsm.inSession(work)),
    );
  return {
    name,
    wrap: (key, context) =>
      within(async (session) => {
        const iv = random(IV_BYTES);
        const sealed = await hsm.crypt(session, 'Encrypt', { iv, context, input: key });
        return concat(Uint8Array.of(FORMAT), iv, sealed);
      }),
    unwrap: (wrapped, context) =>
      within(async (session) => {
        if (wrapped[0] !== FORMAT || wrapped.length < 1 + IV_BYTES + TAG_BYTES)
          throw notUnwrapped(name);
        const iv = wrapped.subarray(1, 1 + IV_BYTES);
        const input = wrapped.subarray(1 + IV_BYTES);
        return hsm.crypt(session, 'Decrypt', { iv, context, input });
      }),
  };
}

type Crypt = { readonly iv: Uint8Array; readonly context: KeyContext; readonly input: Uint8Array };

type Hsm = {
  inSession<T>(work: (session: Session) => Promise<T>): Promise<T>;
  crypt(session: Session, verb: 'Encrypt' | 'Decrypt', crypt: Crypt): Promise<Uint8Array>;
};

function createHsm(module: Pkcs11Module, settings: Pkcs11Settings): Hsm {
  const { name } = settings;
  const must = async (
    call: CallName,
    ...args: Parameters<Pkcs11Module['call']> extends [unknown, ...infer A] ? A : never
  ) => {
    const result = await module.call(call, ...args);
    if (result !== CKR.OK) throw problemOf(name, call, result);
  };
  const openSession = async (slot: number): Promise<number> => {
    const id = ulong(0);
    await must('C_OpenSession', slot, CKF_SERIAL_SESSION, null, null, id);
    return ulongAt(id);
  };
  let ready: Promise<number> | undefined;
  // A login lasts while some session of the process is open: this one stays.
  const slotOf = () => {
    ready ??= prepare(module, settings)
      .then(async (slot) => {
        await logIn(module, settings, await openSession(slot));
        return slot;
      })
      .catch((problem: unknown) => {
        ready = undefined;
        throw problem;
      });
    return ready;
  };
  return {
    async inSession(work) {
      const id = await openSession(await slotOf()).catch((problem: unknown) => {
        ready = undefined;
        throw problem;
      });
      try {
        await logIn(module, settings, id);
        return await work({ id, key: await findKey(module, settings, id) });
      } finally {
        await module.call('C_CloseSession', id);
      }
    },
    async crypt(session, verb, { iv, context, input }) {
      const parameters = cryptParameters(await addresser(), iv, utf8(canonicalJson(context)));
      await must(`C_${verb}Init`, session.id, parameters, session.key);
      const output = Buffer.alloc(input.length + TAG_BYTES);
      const size = ulong(output.length);
      const result = await module.call(
        `C_${verb}`,
        session.id,
        Buffer.from(input),
        input.length,
        output,
        size,
      );
      if (result !== CKR.OK)
        throw verb === 'Decrypt' ? undecrypted(name, result) : problemOf(name, 'C_Encrypt', result);
      const bytes = new Uint8Array(output.subarray(0, ulongAt(size)));
      output.fill(0);
      return bytes;
    },
  };
}

/** Initialises the module (once a process, whoever did it) and finds the slot that holds the token. */
async function prepare(module: Pkcs11Module, { name, token }: Pkcs11Settings): Promise<number> {
  // CK_C_INITIALIZE_ARGS: four callbacks we do not give, CKF_OS_LOCKING_OK, reserved
  const args = Buffer.alloc(48);
  args.writeBigUInt64LE(2n, 32);
  const initialised = await module.call('C_Initialize', args);
  if (initialised !== CKR.OK && initialised !== CKR.ALREADY_INITIALIZED)
    throw problemOf(name, 'C_Initialize', initialised);
  const count = ulong(0);
  if ((await module.call('C_GetSlotList', 1, null, count)) !== CKR.OK || ulongAt(count) === 0)
    throw keyUnusable(name, 'no token is present');
  const slots = Buffer.alloc(8 * ulongAt(count));
  const listed = await module.call('C_GetSlotList', 1, slots, count);
  if (listed !== CKR.OK) throw problemOf(name, 'C_GetSlotList', listed);
  for (let i = 0; i < ulongAt(count); i += 1) {
    const slot = ulongAt(slots, 8 * i);
    const info = Buffer.alloc(256);
    const told = await module.call('C_GetTokenInfo', slot, info);
    // CK_TOKEN_INFO begins with the label, 32 bytes filled up with blanks
    if (told === CKR.OK && info.toString('utf8', 0, 32).trimEnd() === token) return slot;
  }
  throw keyUnusable(name, 'no such token');
}

async function logIn(
  module: Pkcs11Module,
  { name, pin }: Pkcs11Settings,
  session: number,
): Promise<void> {
  const text = Buffer.from((await pin()).reveal());
  const result = await module.call('C_Login', session, CKU_USER, text, text.length);
  text.fill(0);
  if (result !== CKR.OK && result !== CKR.USER_ALREADY_LOGGED_IN)
    throw problemOf(name, 'C_Login', result);
}

async function findKey(
  module: Pkcs11Module,
  { name, key }: Pkcs11Settings,
  session: number,
): Promise<number> {
  const address = await addresser();
  const template = findTemplate(address, key);
  const started = await module.call('C_FindObjectsInit', session, template, template.count);
  if (started !== CKR.OK) throw problemOf(name, 'C_FindObjectsInit', started);
  const found = Buffer.alloc(16);
  const count = ulong(0);
  const result = await module.call('C_FindObjects', session, found, 2, count);
  await module.call('C_FindObjectsFinal', session);
  if (result !== CKR.OK) throw problemOf(name, 'C_FindObjects', result);
  if (ulongAt(count) !== 1)
    throw keyUnusable(name, `expected one aes key of that label, got ${ulongAt(count)}`);
  const object = ulongAt(found);
  const attributes = objectAttributes(address);
  const told = await module.call(
    'C_GetAttributeValue',
    session,
    object,
    attributes,
    attributes.count,
  );
  if (told !== CKR.OK) throw problemOf(name, 'C_GetAttributeValue', told);
  if (!attributes.guarded()) {
    throw new Problem(
      'denied',
      `the key of \`${name}\` expected to be sensitive and not extractable`,
      {
        hint: 'make a key inside the hsm that it never gives out',
      },
    );
  }
  return object;
}

async function addresser(): Promise<(bytes: Buffer) => bigint> {
  const { default: koffi } = await import('koffi');
  return (bytes) => koffi.address(bytes);
}

function problemOf(name: string, call: string, result: number): Problem {
  const cause = `${call} answered 0x${result.toString(16)}`;
  if (CKR.refusals.has(result)) return serviceRefused(name, cause);
  if (CKR.unusables.has(result)) return keyUnusable(name, cause);
  return unanswered(name, new Error(cause));
}

function undecrypted(name: string, result: number): Problem {
  return CKR.undecryptables.has(result) ? notUnwrapped(name) : problemOf(name, 'C_Decrypt', result);
}

/** Lets `count` works run at once, the others wait for their turn. */
function lanes(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/** The result if it comes in time; a call into the HSM itself cannot be ended, only given up. */
async function timely<T>(name: string, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(unanswered(name, new Error('timed out'))),
    SERVICE_TIMEOUT_MS,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
