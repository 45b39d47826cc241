import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import { openHttpClient } from '#platform/http';
import type { Call, HttpClient } from '#platform/http';
import { findHome, readMemory } from './home.ts';
import type { CliHome, Memory } from './home.ts';
import type { Terminal } from './terminal.ts';
import { unreadable } from './unreadable.ts';

/** Where control is when nobody says: where `privet up` puts it. */
const URL_DEFAULT = 'https://127.0.0.1:7080';
/** A plan over thousands of people, or a dictionary of a large database. */
const TIMEOUT_MS = 120_000;

export type Asking = Omit<Call, 'bearer'>;

/** A door of Privet: what is asked there is checked against a shape before it is believed. */
export type Line = {
  readonly url: string;
  ask<T>(call: Asking, shape: z.ZodType<T>): Promise<T>;
  /** For answers that are bytes, read as they come. */
  stream(call: Asking): Promise<AsyncIterable<Uint8Array>>;
  /** For calls whose answer holds nothing. */
  tell(call: Asking): Promise<void>;
  close(): Promise<void>;
};

/** What a command reaches: control, and the planes with an identity token from control. */
export type Lines = {
  readonly home: CliHome;
  readonly memory: Memory | null;
  /** Control as whoever signed in, or whoever the token in the environment belongs to. */
  control(): Line;
  /** Control as nobody, for set-up and sign-in. */
  open(wish?: Partial<Pick<Memory, 'url' | 'authorityPem'>>): Line;
  /** A plane; the only one when no name is given. */
  plane(name?: string): Promise<Line & { readonly name: string }>;
  close(): Promise<void>;
};

/** Opens nothing yet; lines open when they are first asked for. */
export function openLines(terminal: Terminal): Lines {
  const home = findHome(terminal.env, terminal.directory);
  const memory = readMemory(home);
  const opened: HttpClient[] = [];
  const clientOf = (wish: Partial<Pick<Memory, 'url' | 'authorityPem'>>) => {
    const origin = wish.url ?? terminal.env['PRIVET_CONTROL_URL'] ?? memory?.url ?? URL_DEFAULT;
    const authorityPem = wish.authorityPem ?? authorityOf(terminal, home, memory);
    const client = openHttpClient({
      origin,
      timeoutMs: TIMEOUT_MS,
      ...(authorityPem === null ? {} : { authorityPem }),
    });
    opened.push(client);
    return { client, url: origin };
  };
  const control = () => {
    const { client, url } = clientOf({});
    return lineOf(client, url, bearerOf(terminal, memory));
  };
  return {
    home,
    memory,
    control,
    open: (wish = {}) => {
      const { client, url } = clientOf(wish);
      return lineOf(client, url);
    },
    plane: async (name) => {
      const { token, url, plane } = await identify(control(), name);
      const { client } = clientOf({ url });
      return { ...lineOf(client, url, secret(token)), name: plane };
    },
    close: async () => {
      for (const client of opened) await client.close();
    },
  };
}

/** The certificate to believe: the file named in the environment, the one pinned at sign-in, the local one, or the system's. */
export function authorityOf(
  terminal: Terminal,
  home: CliHome,
  memory: Memory | null,
): string | null {
  const named = terminal.env['PRIVET_AUTHORITY_FILE'];
  if (named !== undefined && named !== '') return readAuthority(resolve(terminal.directory, named));
  if (memory !== null && memory.authorityPem !== null) return memory.authorityPem;
  return existsSync(home.localAuthorityFile) ? readAuthority(home.localAuthorityFile) : null;
}

/** The text of a certificate file; throws `invalid` when it cannot be read or is none. */
export function readAuthority(path: string): string {
  const text = readText(path);
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new Problem('invalid', `\`${path}\` expected a certificate in pem`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function bearerOf(terminal: Terminal, memory: Memory | null): Secret {
  const named = terminal.env['PRIVET_TOKEN_FILE'];
  if (named !== undefined && named !== '') return secret(readText(named).trim());
  const token = terminal.env['PRIVET_TOKEN'];
  if (token !== undefined && token !== '') return secret(token);
  if (memory === null || memory.session === null) {
    throw new Problem('unauthenticated', 'you are not signed in', {
      hint: 'sign in with `privet login`, or put a token into PRIVET_TOKEN_FILE',
    });
  }
  return secret(memory.session.secret);
}

function lineOf(client: HttpClient, url: string, bearer?: Secret): Line {
  const signed = (call: Asking) => (bearer === undefined ? call : { ...call, bearer });
  const send = (call: Asking) => client.send(signed(call));
  return {
    url,
    ask: async (call, shape) => {
      const { body } = await send(call);
      const parsed = shape.safeParse(body);
      if (parsed.success) return parsed.data;
      throw new Problem('internal', `\`${url}\` gave an answer of another shape than expected`, {
        hint: 'are the command line and the server of the same version? `privet --version`',
        cause: parsed.error,
      });
    },
    stream: async (call) => (await client.stream(signed(call))).body,
    tell: async (call) => {
      await send(call);
    },
    close: () => client.close(),
  };
}

const planesShape = z.object({ items: z.array(z.object({ name: z.string() })) });
const identityShape = z.object({ token: z.string(), url: z.string() });

async function identify(control: Line, name: string | undefined) {
  const plane = name ?? (await onlyPlane(control));
  const call = { method: 'POST', path: '/api/v1/identity-tokens', body: { plane } } as const;
  return { plane, ...(await control.ask(call, identityShape)) };
}

async function onlyPlane(control: Line): Promise<string> {
  const { items } = await control.ask({ method: 'GET', path: '/api/v1/planes' }, planesShape);
  const [first, second] = items;
  if (first === undefined) {
    throw new Problem('not-found', 'no plane is enrolled', {
      hint: 'enrol one with `privet planes enrol`; `privet up` does it by itself',
    });
  }
  if (second === undefined) return first.name;
  const names = items.map((item) => `\`${item.name}\``).join(', ');
  throw new Problem('invalid', `there are several planes: ${names}`, {
    hint: 'name one with `--plane`',
  });
}

/** A path below `/api/v1` with every part encoded, so that no name can change where a request goes. */
export function pathOf(...parts: readonly string[]): string {
  return `/api/v1/${parts.map((part) => encodeURIComponent(part)).join('/')}`;
}

/** The path with a query; values that are undefined are left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) search.set(key, String(value));
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}
