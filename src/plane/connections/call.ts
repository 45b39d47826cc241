import { Problem, problemFrom } from '#base/problem';
import type { Keyring } from '#plane/keys';
import type { Ledger, LeafBody } from '#plane/ledger';
import type { Connection, Route } from './connection.ts';
import type { Stored } from './connectiontable.ts';
import type { Shown } from './echo.ts';
import { openAnswer, openRequest } from './message.ts';
import type { Answer, Message, Opened } from './message.ts';
import type { Rights } from './rights.ts';
import { routeOf } from './routing.ts';
import { proofOf } from './secret.ts';
import type { Targets } from './target.ts';
import { reveal, tokenise } from './transform.ts';

export type CallGround = {
  readonly ledger: Pick<Ledger, 'write'>;
  readonly keyring: Pick<Keyring, 'seal' | 'open'>;
  readonly targets: Targets;
};

/**
 * Calls the target of a connection: what the route names becomes values or tokens, the request leaves, and the answer comes back
 * the other way round. Nothing leaves unless all of it could be had, and not before its leaf; an answer that cannot be read
 * where something is to become of it is not passed on.
 */
export async function callTarget(
  ground: CallGround,
  { connection, secret }: Stored,
  { message, rights }: { readonly message: Message; readonly rights: Rights },
): Promise<Answer> {
  const routed = routeOf(connection, message);
  const { route } = routed;
  const place = ground.targets.room.enter(holderOf(rights));
  try {
    place.take(message.body.length);
    requireAnswerRights(route, rights);
    const opened = openRequest(connection, routed, message);
    const proof = await proofOf(ground.keyring, connection, secret);
    const { result: request, shown } = await changed(opened, route.upserts, rights);
    const told = toldBy(connection, rights);
    await ground.ledger.write({
      kind: 'connection-called',
      ...told,
      direction: connection.direction,
      route: connection.routes.indexOf(route),
      version: connection.version,
      values: opened.picks.length,
    });
    const end = (ended: Pick<Ended, 'outcome' | 'status'>, values = 0) =>
      ground.ledger.write({ kind: 'connection-answered', ...told, ...ended, values });
    const call = { route, request, take: takingAnswer(place) };
    const sent = ground.targets.send(connection, proof, call);
    const answer = await sent.catch(async (thrown: unknown) => {
      await end({ outcome: 'no-answer', status: null });
      throw thrown;
    });
    try {
      const read = openAnswer(connection, route, { answer, shown });
      const { result: passed } = await changed(read, route.upserts, rights);
      await end({ outcome: 'passed', status: answer.status }, read.picks.length);
      return passed;
    } catch (thrown) {
      await end({ outcome: 'withheld', status: answer.status });
      throw withheld(connection, answer, problemFrom(thrown));
    }
  } finally {
    place.leave();
  }
}

function holderOf({ caller }: Rights): string {
  return caller.actor.kind === 'subject' ? caller.actor.id : caller.actor.kind;
}

/** What is wrong with the caller's rights must be known before the target has acted. */
function requireAnswerRights({ answer, upserts }: Route, rights: Rights): void {
  for (const { act } of [...answer.headers, ...answer.body]) {
    if (act.kind !== 'tokenise') continue;
    rights.requireTokens({ ...act, upserts: upserts.has(act.table) });
  }
}

/** The target has acted: that there is no room for its answer is no reason to send the request again. */
function takingAnswer(place: { take(sizeBytes: number): void }) {
  return (sizeBytes: number): void => {
    try {
      place.take(sizeBytes);
    } catch (cause) {
      throw new Problem('unsupported', 'there is no room for the answer of the target', {
        hint: 'it may have done what it was asked',
        cause,
      });
    }
  };
}

type Ended = LeafBody<'connection-answered'>;

async function changed<T>(
  { picks, with: put }: Opened<T>,
  upserts: ReadonlyMap<string, string>,
  rights: Rights,
): Promise<{ readonly result: T; readonly shown: Shown }> {
  const { put: values, shown } = await reveal(picks, rights);
  const tokens = await tokenise(picks, upserts, rights);
  return { result: put(new Map([...values, ...tokens])), shown };
}

function toldBy({ id }: Connection, { caller, vault }: Rights) {
  const { actor, session, purpose } = caller;
  return { actor, session, purpose, vault: vault.id, connection: id };
}

/** What keeps an answer back. The target has done what it was asked: no status of ours may say "try again". */
function withheld({ name }: Connection, { status }: Answer, problem: Problem): Problem {
  const code =
    problem.code === 'invalid' || problem.code === 'limit' ? 'unsupported' : problem.code;
  return new Problem(
    code,
    `the target of \`${name}\` answered ${status}, and the answer is not passed on: ${problem.message}`,
    {
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
      cause: problem.cause,
    },
  );
}
