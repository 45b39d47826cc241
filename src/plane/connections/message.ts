import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { BodyKind, Connection, Field, Route } from './connection.ts';
import { echoesIn, NOTHING_SHOWN, requireNoEcho } from './echo.ts';
import type { Shown } from './echo.ts';
import { openForm, openQuery } from './formbody.ts';
import { ANSWER_HEADERS, headerText, isHeaderText, REQUEST_HEADERS } from './headers.ts';
import { openJson } from './jsonbody.ts';
import type { Leaf, OpenBody } from './leaf.ts';
import { openMultipart } from './multipartbody.ts';
import { picksOf } from './pick.ts';
import type { Pick } from './pick.ts';
import { targetPath } from './routing.ts';
import type { Routed } from './routing.ts';
import { openTexts } from './texts.ts';
import type { Texts } from './texts.ts';
import type { Put } from './transform.ts';

/** A request as it came. */
export type Message = {
  readonly method: string;
  /** Behind the address of the connection, as it was sent: begins with a slash. */
  readonly path: string;
  /** Without the `?`. */
  readonly query: string;
  /** By name in lower case. */
  readonly headers: Texts;
  readonly body: Uint8Array;
};

/** A request as it leaves. */
export type Outgoing = {
  readonly path: string;
  readonly headers: Texts;
  readonly body: Uint8Array | null;
};

export type Answer = {
  readonly status: number;
  readonly headers: Texts;
  readonly body: Uint8Array;
};

/** What was read: the values something is to become of, and what it is with others in their place. */
export type Opened<T> = { readonly picks: readonly Pick[]; readonly with: (put: Put) => T };

/** Reads a request as its route says; throws what of it the route does not take. */
export function openRequest(
  connection: Connection,
  { route, parameters }: Routed,
  message: Message,
): Opened<Outgoing> {
  const { passes, base } = connection;
  const { request } = route;
  const steps = opened(openTexts(parameters), request.parameters, { passes: true });
  const query = opened(openQuery(message.query), request.query, { passes });
  const passed = checkedHeaders(requestHeaders(connection, route, message));
  const headers = opened(openTexts(passed), request.headers, { passes: true });
  const hasBody = route.method !== 'GET' && message.body.length > 0;
  const type = message.headers['content-type'] ?? '';
  const body = hasBody ? openedBody({ type, bytes: message.body }, route, passes) : null;
  return {
    picks: [steps, query, headers, ...(body === null ? [] : [body])].flatMap(({ picks }) => picks),
    with: (put) => ({
      path: targetPath(base, route, { parameters: steps.with(put), query: query.with(put) }),
      headers: {
        ...checkedHeaders(headers.with(put)),
        ...(body === null ? {} : { 'content-type': mediaType(type) }),
      },
      body: body === null ? null : body.with(put),
    }),
  };
}

type Sent = { readonly type: string; readonly bytes: Uint8Array };

function openedBody({ type, bytes }: Sent, route: Route, passes: boolean): Opened<Uint8Array> {
  const { body: kind, request } = route;
  if (kind !== 'opaque' && kindOf(type) !== kind) {
    throw new Problem('unsupported', `the body expected content-type \`${MEDIA[kind]}\``);
  }
  const needsReading = request.body.length > 0 || !passes;
  if (!needsReading) return { picks: [], with: () => bytes };
  if (kind !== 'opaque') return opened(openBody(kind, bytes, type), request.body, { passes });
  throw new Problem('unsupported', 'a body that is not read may not pass', {
    hint: 'the connection has `denyPassThrough`',
  });
}

/**
 * Reads an answer as its route says; throws where it cannot be read, and something is to become of it. What the target was
 * shown in the call comes back as the token it was.
 */
export function openAnswer(
  { passes }: Connection,
  { answer: fields }: Route,
  { answer, shown }: { readonly answer: Answer; readonly shown: Shown },
): Opened<Answer> {
  const { status, headers, body } = answer;
  const names = new Set([...ANSWER_HEADERS, ...fields.headers.map(({ name }) => name)]);
  const acted = new Set(
    fields.headers.flatMap(({ name, act }) => (act.kind === 'keep' ? [] : [name])),
  );
  // One that cannot be written on is left out, unless something was to become of it.
  const passed = Object.entries(headers).filter(
    ([name, text]) => names.has(name) && (isHeaderText(text) || (text !== '' && acted.has(name))),
  );
  const heads = opened(openTexts(Object.fromEntries(passed)), fields.headers, {
    passes: true,
    shown,
  });
  const type = headers['content-type'] ?? '';
  const content = openedAnswerBody({ type, bytes: body }, fields.body, { passes, shown });
  return {
    picks: [...heads.picks, ...content.picks],
    with: (put) => ({
      status,
      headers: {
        ...checkedHeaders(heads.with(put)),
        ...(body.length === 0 ? {} : { 'content-type': mediaType(type) }),
      },
      body: content.with(put),
    }),
  };
}

function openedAnswerBody(
  { type, bytes }: Sent,
  fields: readonly Field[],
  terms: Required<Terms>,
): Opened<Uint8Array> {
  const { passes, shown } = terms;
  const mustBeRead = !passes || fields.some(({ act }) => act.kind !== 'keep');
  const asItCame = (): Uint8Array => {
    requireNoEcho(bytes, shown);
    return bytes;
  };
  if (bytes.length === 0 || (!mustBeRead && shown.tokens.size === 0))
    return { picks: [], with: asItCame };
  const kind = kindOf(type);
  if (kind !== 'opaque' && kind !== 'multipart') {
    const read = opened(openBody(kind, bytes, type), fields, terms);
    return {
      picks: read.picks,
      with(put) {
        const out = read.with(put);
        requireNoEcho(out, shown);
        return out;
      },
    };
  }
  if (!mustBeRead) return { picks: [], with: asItCame };
  throw new Problem(
    'unsupported',
    'its body is neither JSON nor a form, and has fields to look for',
  );
}

const MEDIA: Readonly<Record<Exclude<BodyKind, 'opaque'>, string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data',
};

/** Text in another encoding than UTF-8, which whoever reads it by its name would read as another text. */
function isForeign(contentType: string): boolean {
  const charset = /charset\s*=\s*["']?(?<name>[^"';\s]*)/iu.exec(contentType)?.groups?.['name'];
  return charset !== undefined && !/^(?:utf-?8|us-ascii)$/iu.test(charset);
}

/** How a body of that type is read. */
function kindOf(contentType: string): BodyKind {
  if (isForeign(contentType)) return 'opaque';
  const media = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (/^(?:application|text)\/(?:[\w.-]+\+)?json$/u.test(media)) return 'json';
  if (media === MEDIA.form) return 'form';
  return media === MEDIA.multipart ? 'multipart' : 'opaque';
}

function openBody(kind: Exclude<BodyKind, 'opaque'>, bytes: Uint8Array, type: string): OpenBody {
  if (kind === 'json') return openJson(bytes);
  return kind === 'form' ? openForm(bytes) : openMultipart(bytes, type);
}

function opened<T>(
  source: {
    readonly leaves: readonly Leaf[];
    with(values: ReadonlyMap<Leaf, Json>): T;
  },
  fields: readonly Field[],
  { passes, shown = NOTHING_SHOWN }: Terms,
): Opened<T> {
  const picks = picksOf(source.leaves, fields, { passes });
  const picked = new Set(picks.map(({ leaf }) => leaf));
  const echoes = echoesIn(
    source.leaves.filter((leaf) => !picked.has(leaf)),
    shown,
  );
  return {
    picks,
    with(put) {
      const own = picks.flatMap(({ leaf }) => {
        const value = put.get(leaf);
        return value === undefined ? [] : [[leaf, value] as const];
      });
      return source.with(new Map([...echoes, ...own]));
    },
  };
}

type Terms = {
  /** Whether values that no field names may pass. */
  readonly passes: boolean;
  readonly shown?: Shown;
};

/** What passes: what every route lets pass, and what this one names; never the key of the connection. */
function requestHeaders(
  { auth, keyHeader }: Connection,
  { request }: Route,
  { headers }: Message,
): Texts {
  const names = new Set([...REQUEST_HEADERS, ...request.headers.map(({ name }) => name)]);
  if (auth === 'shared-key') names.delete(keyHeader);
  return Object.fromEntries(
    Object.entries(headers).filter(([name, text]) => names.has(name) && text !== ''),
  );
}

function checkedHeaders(headers: Texts): Texts {
  return Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, headerText(text)]),
  );
}

/** A type as it was sent, or bytes where it is none. */
function mediaType(type: string): string {
  return /^[\w.+-]{1,80}\/[\w.+-]{1,80}(?:\s*;\s*[\w-]{1,40}=(?:[\w.'()+,/:=?-]{1,100}|"[\w .'()+,/:=?-]{1,100}"))*$/u.test(
    type,
  )
    ? type
    : 'application/octet-stream';
}
