import { z } from 'zod';
import { Problem, problemFrom } from '#base/problem';
import { secret } from '#base/secret';
import { FACTS_PER_REQUEST_MAX, PULL_MS_MAX, signPull } from '#boundary';
import { BY_ITSELF, inWork, notePlane } from '#control/identity';
import type { Office, SigningKey } from '#control/identity';
import { statement } from '#platform/db';
import type { HttpClient } from '#platform/http';
import { startLoop } from '#platform/process';
import type { Turn } from '#platform/process';
import { takeFacts } from './inbox.ts';
import type { Report } from './inbox.ts';

const BEGIN = statement(import.meta.url, 'sql/begin-pull.sql');
/** How soon a plane that had nothing to tell is asked again. */
const IDLE_MS = 2_000;
/** How long a plane may take: it writes a leaf before it answers, and takes a bundle. */
const ANSWER_MS_MAX = 30_000;

const answerShape = z.object({ facts: z.array(z.unknown()), bundleSerial: z.number() });

export type PullerSettings = Report & {
  readonly office: Office;
  readonly key: SigningKey;
  /** Names of the planes that make no connections themselves. */
  readonly planes: readonly string[];
  /** A client for the address a plane was enrolled with. */
  readonly clientOf: (url: string) => HttpClient;
  readonly onFault: (problem: Problem, plane: string) => void;
};

export type Puller = { close(): Promise<void> };

/** Asks planes that call nobody: brings each the newest bundle and takes what it may tell, with requests signed for that plane and moment. */
export function startPuller(settings: PullerSettings): Puller {
  const clients = new Map<string, HttpClient>();
  const clientOf = (url: string) => {
    const client = clients.get(url) ?? settings.clientOf(new URL(url).origin);
    clients.set(url, client);
    return client;
  };
  const loops = settings.planes.map((plane) =>
    startLoop({
      turn: pullerOf(settings, clientOf, plane),
      idleMs: IDLE_MS,
      jitter: Math.random,
      onFault: (problem) => settings.onFault(problem, plane),
    }),
  );
  return {
    async close() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}

type Begun = {
  readonly url: string;
  readonly pulled_at_ms: string;
  readonly facts_through: string;
  readonly bundle_serial: string;
};

function pullerOf(
  settings: PullerSettings,
  clientOf: (url: string) => HttpClient,
  plane: string,
): (signal: AbortSignal) => Promise<Turn> {
  const { office, key, bundles } = settings;
  /** Facts that could not be taken together are asked for one by one, and the one that is wrong is said to be. */
  let single = false;
  let refusedThrough = 0;

  return async (signal) => {
    const { rows } = await office.pool.query<Begun>(BEGIN, [plane, office.clock()]);
    const [begun] = rows;
    if (begun === undefined) throw unknown(plane);
    const issuedAtMs = Number(begun.pulled_at_ms);
    const acceptedThrough = Number(begun.facts_through);
    const bundle = await bundles.next(plane, Number(begun.bundle_serial), { waitMs: 0 });
    const token = await signPull(
      {
        plane,
        issuedAtMs,
        expiresAtMs: issuedAtMs + PULL_MS_MAX,
        acceptedThrough,
        refusedThrough: refusedThrough > acceptedThrough ? refusedThrough : 0,
        factsMax: single ? 1 : FACTS_PER_REQUEST_MAX,
      },
      key,
    );
    const { body } = await clientOf(begun.url).send({
      method: 'POST',
      path: '/api/v1/border/pull',
      bearer: secret(token),
      body: { bundle: bundle === null ? null : JSON.stringify(bundle) },
      timeoutMs: ANSWER_MS_MAX,
      signal,
    });
    const { facts, bundleSerial } = answerShape.parse(body);
    await notePlane(office.pool, plane, { nowMs: office.clock(), bundleSerial, actsThrough: 0 });
    if (facts.length === 0) return 'wait';
    try {
      await inWork(office, BY_ITSELF, (work) =>
        takeFacts(work, plane, { body: { facts }, rule: settings.rule, bundles }),
      );
      single = false;
    } catch (thrown) {
      const problem = problemFrom(thrown);
      if (problem.code !== 'invalid') throw problem;
      settings.onFault(problem, plane);
      if (single) refusedThrough = numberOf(facts[0]);
      single = facts.length > 1;
    }
    return 'again';
  };
}

/** The number of a fact that is otherwise not understood. */
function numberOf(fact: unknown): number {
  const { number } = z.object({ number: z.int().min(1) }).parse(fact);
  return number;
}

function unknown(plane: string): Problem {
  return new Problem(
    'not-found',
    `plane \`${plane}\` of \`control.pullPlanes\` is not enrolled, or shut out`,
    {
      hint: 'enrol it: `privet planes add`',
    },
  );
}
