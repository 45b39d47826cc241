import { z } from 'zod';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import { Problem } from '#base/problem';
import type { Answer, Call, HttpClient } from '#platform/http';
import type { Progress } from './mark.ts';

/** One API as somebody who is signed in sees it. */
export type Desk = {
  readonly client: HttpClient;
  readonly bearer: Secret;
  readonly progress: Progress;
};

const PREFIX = '/api/v1';

/** Encodes the parts of a path, so that no name can change where a request goes. */
export function pathOf(...parts: readonly string[]): string {
  return `${PREFIX}/${parts.map((part) => encodeURIComponent(part)).join('/')}`;
}

/** Reads one thing, checked against the shape we need of it. */
export async function read<T>(desk: Desk, path: string, shape: z.ZodType<T>): Promise<T> {
  return answered(await ask(desk, { method: 'GET', path }), shape);
}

/** Changes something and reads the answer; throws the problem the server answered with. */
export async function change<T>(
  desk: Desk,
  call: Omit<Call, 'bearer'>,
  shape: z.ZodType<T>,
): Promise<T> {
  return answered(await ask(desk, call), shape);
}

/** Changes something whose answer is not looked at. */
export async function act(desk: Desk, call: Omit<Call, 'bearer'>): Promise<void> {
  await ask(desk, call);
}

function ask({ client, bearer }: Desk, call: Omit<Call, 'bearer'>): Promise<Answer> {
  return client.send({ ...call, bearer });
}

function answered<T>(answer: Answer, shape: z.ZodType<T>): T {
  const result = shape.safeParse(answer.body);
  if (result.success) return result.data;
  throw new Problem('internal', 'an answer of Privet does not have the shape the demo expects', {
    cause: result.error,
  });
}

const session = z.object({ secret: z.string() });

/** Signs in with a password; throws `unauthenticated` when it is wrong. */
export async function signIn(
  client: HttpClient,
  who: { readonly name: string; readonly password: string },
  progress: Progress,
): Promise<Desk> {
  const body = { ...who, kind: 'bearer' };
  const answer = await client.send({ method: 'POST', path: pathOf('sessions'), body });
  return { client, bearer: secret(answered(answer, session).secret), progress };
}

/** Ends the session the desk was opened with. */
export async function signOut(desk: Desk): Promise<void> {
  await act(desk, { method: 'DELETE', path: pathOf('session') });
}

/** The shape of a list whose items have names. */
export const namedItems = z.object({ items: z.array(z.object({ name: z.string() })) });
