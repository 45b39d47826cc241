import { unreachable } from '#base/assert';
import { isId } from '#base/ids';
import { Problem } from '#base/problem';
import type { VaultSchema } from '#plane/vault';
import type {
  Act,
  BodyKind,
  ColumnName,
  Connection,
  Direction,
  Field,
  PathStep,
  Route,
} from './connection.ts';
import type { ConnectionDocument, FieldDocument, RouteDocument } from './definition.ts';
import { fieldPath, pathText } from './fieldpath.ts';
import { passableHeader } from './headers.ts';
import { checkAuthority } from './tlscheck.ts';

/** Who may call a connection that does not say: holders of a role of that name at its vault. */
const INVOKERS = ['CONNECTION_INVOKER'];
const BODIES: Readonly<Record<RouteDocument['contentType'], BodyKind>> = {
  JSON: 'json',
  X_WWW_FORM_URLENCODED: 'form',
  X_MULTIPART_FORM_DATA: 'multipart',
  XML: 'opaque',
  UNKNOWN_CONTENT: 'opaque',
};
const AUTH = { NOAUTH: 'none', SHAREDKEY: 'shared-key', MTLS: 'mtls' } as const;

export type Kept = Pick<Connection, 'id' | 'version'>;

/**
 * The connection a document describes. Throws what is wrong with it: `unsupported` for what Skyflow has and this has not, for
 * nothing of a document may be silently without effect.
 */
export function checkConnection(
  document: ConnectionDocument,
  direction: Direction,
  { id, version }: Kept,
): Connection {
  const mode = direction === 'outbound' ? 'EGRESS' : 'INGRESS';
  if (document.mode && document.mode !== mode) {
    throw wrong('mode', `expected \`${mode}\` at this address`);
  }
  requireEmpty('formEncodedKeysPassThrough', document.formEncodedKeysPassThrough);
  const { vaultID: vault } = document;
  if (!isId('vlt', vault)) throw wrong('vaultID', 'expected the id of a vault');
  const auth = AUTH[document.authMode];
  if (direction === 'inbound') checkInbound(document);
  else if (document.account)
    throw wrong('account', 'is for INGRESS; callers act in their own name');
  const keyHeader = (document.sharedKeyHeader || 'authorization').toLowerCase();
  if (!passableHeader(keyHeader)) throw wrong('sharedKeyHeader', 'expected the name of a header');
  const routes = document.routes.map((one, i) => checkRoute(one, direction, `routes[${i}]`));
  requireDistinct(routes);
  return {
    id,
    version,
    vault,
    name: document.name,
    direction,
    base: baseOf(document.baseURL),
    auth,
    keyHeader,
    authority: document.authority || null,
    invokers: document.invokers ?? INVOKERS,
    account: document.account ?? null,
    passes: document.denyPassThrough !== true,
    routes,
    document,
  };
}

function checkInbound({ authMode, account, invokers }: ConnectionDocument): void {
  if (authMode === 'MTLS') throw notHere('authMode', 'MTLS of callers');
  if (authMode === 'NOAUTH') {
    throw wrong('authMode', 'expected SHAREDKEY: without it anybody could write into the vault');
  }
  if (!account) throw wrong('account', 'expected the service account in whose name callers act');
  if (invokers && invokers.length > 0) {
    throw wrong('invokers', 'is for EGRESS; whoever has the shared key may call');
  }
}

/** Throws unless the tables and columns a connection names are there and give tokens, and its authority is one. */
export function checkSurroundings(connection: Connection, vault: VaultSchema): void {
  if (connection.authority !== null) checkAuthority(connection.authority);
  for (const { request, answer, upserts } of connection.routes) {
    const groups = [request.parameters, request.query, request.headers, request.body];
    for (const { act } of [...groups, answer.headers, answer.body].flat()) {
      const name = act.kind === 'tokenise' ? act : act.kind === 'reveal' ? act.of : null;
      if (name !== null && columnNamed(vault, name).tokens.length === 0) {
        throw wrong(`${name.table}.${name.column}`, 'expected a column whose values have tokens');
      }
    }
    for (const [table, column] of upserts) {
      if (!columnNamed(vault, { table, column }).unique) {
        throw wrong('tableUpsertInfo', `expected a unique column, got \`${table}.${column}\``);
      }
    }
  }
}

function columnNamed(vault: VaultSchema, name: ColumnName) {
  const table = vault.tables.find((one) => one.name === name.table);
  const column = table?.columns.find((one) => one.name === name.column);
  if (column !== undefined) return column;
  throw new Problem(
    'not-found',
    `vault \`${vault.name}\` has no column \`${name.table}.${name.column}\``,
  );
}

function baseOf(text: string): URL {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.hostname === '') {
    throw wrong('baseURL', 'expected an https address');
  }
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '' || text.includes('?')) {
    throw wrong('baseURL', 'expected no user, query or fragment: a key of the target is a secret');
  }
  return url;
}

function checkRoute(document: RouteDocument, direction: Direction, at: string): Route {
  if (document.mleType === 'MANDATORY') throw notHere(`${at}.mleType`, 'message level encryption');
  requireEmpty(`${at}.soapAction`, document.soapAction);
  for (const name of MESSAGE_ACTIONS) requireNoActions(`${at}.${name}`, document[name]);
  const body = BODIES[document.contentType];
  const steps = stepsOf(document.path, at);
  const asked = direction === 'outbound' ? 'reveal' : 'tokenise';
  const answered = direction === 'outbound' ? 'tokenise' : 'reveal';
  const fields = (name: FieldList, act: Act['kind']) =>
    eachOnce(
      `${at}.${name}`,
      (document[name] ?? []).map((one, i) =>
        checkField(one, { name, act, at: `${at}.${name}[${i}]` }),
      ),
    );
  const route: Route = {
    method: document.method,
    steps,
    body,
    request: {
      parameters: fields('url', asked),
      query: fields('queryParams', asked),
      headers: fields('requestHeader', asked),
      body: fields('requestBody', asked),
    },
    answer: { headers: fields('responseHeader', answered), body: fields('responseBody', answered) },
    upserts: new Map(document.tableUpsertInfo?.map(({ table, column }) => [table, column])),
  };
  if (route.method === 'GET' && route.request.body.length > 0) {
    throw wrong(`${at}.requestBody`, 'expected none: a GET has no body');
  }
  if (body === 'opaque' && route.request.body.length > 0) {
    throw notHere(`${at}.requestBody`, `fields in a body of \`${document.contentType}\``);
  }
  const parameters = steps.flatMap((step) => (step.kind === 'parameter' ? [step.name] : []));
  if (new Set(parameters).size < parameters.length) {
    throw wrong(`${at}.path`, 'expected each parameter once');
  }
  const stray = route.request.parameters.find(({ name }) => !parameters.includes(name));
  if (stray !== undefined)
    throw wrong(`${at}.url`, `names \`${stray.name}\`, which \`path\` has not`);
  return route;
}

const MESSAGE_ACTIONS = [
  'preFieldRequestMessageActions',
  'postFieldRequestMessageActions',
  'preFieldResponseMessageActions',
  'postFieldResponseMessageActions',
] as const;
type FieldList =
  | 'url'
  | 'queryParams'
  | 'requestHeader'
  | 'requestBody'
  | 'responseHeader'
  | 'responseBody';

function checkField(
  document: FieldDocument,
  {
    name,
    act: possible,
    at,
  }: { readonly name: FieldList; readonly act: Act['kind']; readonly at: string },
): Field {
  for (const key of FIELD_EXTRAS) requireEmpty(`${at}.${key}`, document[key]);
  const isHeader = name === 'requestHeader' || name === 'responseHeader';
  const { fieldName } = document;
  if (isHeader && !passableHeader(fieldName.toLowerCase())) {
    throw wrong(`${at}.fieldName`, `names \`${fieldName.slice(0, 80)}\`, which no route may pass`);
  }
  const act = actOf(document, at);
  if (act.kind !== 'keep' && act.kind !== possible) {
    throw notHere(`${at}.action`, `\`${document.action}\` in this direction`);
  }
  const isBody = name === 'requestBody' || name === 'responseBody';
  const named = isHeader ? fieldName.toLowerCase() : fieldName;
  const path = isBody || name === 'queryParams' ? fieldPath(named) : [named];
  return { name: named, path, act };
}

const FIELD_EXTRAS = [
  'dataSelector',
  'dataSelectorRegex',
  'transformFormat',
  'encryptionType',
  'functionName',
  'functionInfo',
  'sourceRegex',
  'transformedRegex',
] as const;

function actOf({ action, table, column, redaction }: FieldDocument, at: string): Act {
  switch (action) {
    case 'NOT_SELECTED':
      return { kind: 'keep' };
    case 'DETOKENIZATION':
      if (!table !== !column) throw wrong(at, 'expected `table` and `column`, or none of them');
      return {
        kind: 'reveal',
        redaction: redaction || 'DEFAULT',
        of: table && column ? { table, column } : null,
      };
    case 'TOKENIZATION':
      if (redaction) throw wrong(at, 'expected no `redaction`: a token shows nothing');
      if (table && column) return { kind: 'tokenise', table, column };
      throw wrong(at, 'expected `table` and `column` with TOKENIZATION');
    case 'ENCRYPTION':
    case 'FUNCTION':
      throw notHere(`${at}.action`, `\`${action}\``);
    default:
      return unreachable(action);
  }
}

/** An address of ours ends in it. */
const SECRET = 'secret';
const STEP =
  /^(?:\{(?<parameter>[A-Za-z0-9_.-]{1,100})\}|(?<word>[A-Za-z0-9_.~!$&'()*+,;=:@-]*))$/u;

function stepsOf(path: string, at: string): readonly PathStep[] {
  const texts = (path.startsWith('/') ? path.slice(1) : path).split('/');
  const steps = texts.map((text): PathStep => {
    const { parameter, word } = STEP.exec(text)?.groups ?? {};
    if (parameter !== undefined) return { kind: 'parameter', name: parameter };
    if (word !== undefined && word !== '.' && word !== '..') return { kind: 'word', text: word };
    throw wrong(`${at}.path`, 'expected words and `{parameters}` with slashes between');
  });
  if (texts.slice(0, -1).includes('')) throw wrong(`${at}.path`, 'expected no empty step');
  if (texts.length === 1 && texts[0] === SECRET) {
    throw wrong(
      `${at}.path`,
      `\`/${SECRET}\` is the address of secrets; put a part into \`baseURL\``,
    );
  }
  return steps;
}

/** Throws where two fields mean the same values: one of them would be without effect. */
function eachOnce(name: string, fields: readonly Field[]): readonly Field[] {
  const paths = new Set(fields.map(({ path }) => pathText(path)));
  if (paths.size === fields.length) return fields;
  throw wrong(name, 'expected each field once');
}

/** Throws when a request would fit two routes alike. */
function requireDistinct(routes: readonly Route[]): void {
  const seen = new Set<string>();
  for (const { method, steps } of routes) {
    const texts = steps.map((step) => (step.kind === 'word' ? step.text : '{}'));
    const shape = `${method} ${texts.join('/').replace(/\/$/u, '')}`;
    if (seen.has(shape)) throw wrong('routes', `expected one route for \`${shape}\``);
    seen.add(shape);
  }
}

function requireNoActions(name: string, value: unknown): void {
  const actions = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const isNone = (one: unknown) =>
    isEmpty(one) || (one as { readonly type?: unknown }).type === 'NOACTION';
  if (!actions.every(isNone)) throw notHere(name, 'signing and encrypting whole messages');
}

function requireEmpty(name: string, value: unknown): void {
  if (!isEmpty(value)) throw notHere(name, 'this');
}

/** What Skyflow writes where nothing is said. */
const NOTHING: readonly unknown[] = [undefined, null, '', false, 'NO_TEMPLATE'];

function isEmpty(value: unknown): boolean {
  if (NOTHING.includes(value)) return true;
  const parts = typeof value === 'object' && value !== null ? Object.values(value) : [value];
  return parts.every((part) => NOTHING.includes(part));
}

function wrong(name: string, what: string): Problem {
  return new Problem('invalid', `connection: \`${name}\` ${what}`);
}

function notHere(name: string, what: string): Problem {
  return new Problem('unsupported', `connection: \`${name}\`: ${what} is not supported`, {
    hint: 'docs/formats/connection.md lists what is',
  });
}
