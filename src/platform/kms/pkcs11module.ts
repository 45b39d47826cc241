import { Problem } from '#base/problem';
import type { Structure } from './pkcs11bytes.ts';

/** CK_ULONG of 64-bit Unix; Windows has another size and packing, and is refused. */
const ULONG = 'unsigned long';

/** The calls of PKCS#11 (v2.40 §5) that wrapping needs; each answers its CK_RV, given what the standard names. */
export type Pkcs11Module = {
  call(name: CallName, ...args: readonly (number | Buffer | Structure | null)[]): Promise<number>;
};

const CALLS = {
  C_Initialize: ['void *'],
  C_GetSlotList: ['uint8_t', 'void *', 'void *'],
  C_GetTokenInfo: [ULONG, 'void *'],
  C_OpenSession: [ULONG, ULONG, 'void *', 'void *', 'void *'],
  C_CloseSession: [ULONG],
  C_Login: [ULONG, ULONG, 'void *', ULONG],
  C_FindObjectsInit: [ULONG, 'void *', ULONG],
  C_FindObjects: [ULONG, 'void *', ULONG, 'void *'],
  C_FindObjectsFinal: [ULONG],
  C_EncryptInit: [ULONG, 'void *', ULONG],
  C_Encrypt: [ULONG, 'void *', ULONG, 'void *', 'void *'],
  C_DecryptInit: [ULONG, 'void *', ULONG],
  C_Decrypt: [ULONG, 'void *', ULONG, 'void *', 'void *'],
  C_GetAttributeValue: [ULONG, ULONG, 'void *', ULONG],
} as const;
export type CallName = keyof typeof CALLS;

type Native = { async(...args: unknown[]): void };

/**
 * Loads the module of an HSM's vendor. It runs inside this process and may crash it: the vendor's code, chosen by whoever
 * writes the settings. Calls run on libuv's threads, so a slow HSM does not hold the process up.
 */
export async function loadPkcs11(path: string): Promise<Pkcs11Module> {
  if (process.platform === 'win32')
    throw new Problem('unsupported', 'key services by pkcs#11 are for linux and macos');
  const { default: koffi } = await import('koffi');
  const functions = openLibrary(koffi, path);
  return {
    call: (name, ...args) =>
      new Promise((resolve, reject) => {
        const native = args.map((arg) => (arg !== null && isStructure(arg) ? arg.bytes : arg));
        functions[name].async(...native, (error: Error | null, result: number) => {
          // named here so that what the structures point to is not collected while the call runs
          void args;
          if (error) reject(error);
          else resolve(result);
        });
      }),
  };
}

function openLibrary(
  koffi: (typeof import('koffi'))['default'],
  path: string,
): Readonly<Record<CallName, Native>> {
  try {
    const library = koffi.load(path);
    const bound = Object.entries(CALLS).map(([name, types]) => [
      name,
      library.func(name, ULONG, [...types]),
    ]);
    return Object.fromEntries(bound) as Record<CallName, Native>;
  } catch (cause) {
    throw new Problem('unavailable', `pkcs#11 module \`${path}\` cannot be loaded`, { cause });
  }
}

function isStructure(arg: number | Buffer | Structure): arg is Structure {
  return typeof arg === 'object' && 'kept' in arg;
}
