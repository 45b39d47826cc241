import { Problem } from '#base/problem';
import type { Connection, Route } from './connection.ts';
import { TARGET_BYTES_MAX } from './limits.ts';
import { uriText } from './plaintext.ts';
import type { Texts } from './texts.ts';

/** A route with what its parameters are in a request. */
export type Routed = { readonly route: Route; readonly parameters: Texts };

/** The route of a path as it was sent, percent encoded; throws `not-found`, for what no route names is not passed on. */
export function routeOf(
  { name, routes }: Pick<Connection, 'name' | 'routes'>,
  { method, path }: { readonly method: string; readonly path: string },
): Routed {
  const steps = withoutEnd(path.split('/').slice(1).map(stepText));
  for (const route of routes) {
    if (route.method !== method) continue;
    const parameters = parametersIn(route, steps);
    if (parameters !== null) return { route, parameters };
  }
  throw new Problem('not-found', `connection \`${name}\` has no route for this method and path`);
}

/** A slash at the end says nothing. */
function withoutEnd(steps: readonly string[]): readonly string[] {
  return steps.at(-1) === '' ? steps.slice(0, -1) : steps;
}

function parametersIn({ steps }: Route, texts: readonly string[]): Texts | null {
  const last = steps.at(-1);
  const expected = last?.kind === 'word' && last.text === '' ? steps.slice(0, -1) : steps;
  if (expected.length !== texts.length) return null;
  const parameters: [string, string][] = [];
  for (const [i, step] of expected.entries()) {
    const text = texts[i] ?? '';
    if (step.kind === 'parameter') parameters.push([step.name, oneStep(text)]);
    else if (step.text !== text) return null;
  }
  return Object.fromEntries(parameters);
}

function stepText(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new Problem('invalid', 'the path expected UTF-8, encoded as `%xx`');
  }
}

/** Path and query at the target. Values are encoded whole: none adds a step, a query or a fragment. */
export function targetPath(
  base: URL,
  { steps }: Route,
  { parameters, query }: { readonly parameters: Texts; readonly query: string },
): string {
  const texts = steps.map((step) =>
    step.kind === 'word' ? step.text : uriText(oneStep(parameters[step.name] ?? '')),
  );
  const path = `${base.pathname.replace(/\/$/u, '')}/${texts.join('/')}`;
  const whole = query === '' ? path : `${path}?${query}`;
  if (whole.length > TARGET_BYTES_MAX) {
    throw new Problem(
      'invalid',
      `the address of the target expected at most ${TARGET_BYTES_MAX} bytes`,
    );
  }
  return whole;
}

/** Throws `invalid` for what could mean another place: dots survive encoding and are the way up, and some decode twice. */
function oneStep(text: string): string {
  if (text !== '' && text !== '.' && text !== '..' && !/[\p{Cc}/\\%]/u.test(text)) return text;
  throw new Problem('invalid', 'a parameter of the path expected one step');
}
