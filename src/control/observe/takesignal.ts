import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { incidentCleared, incidentFails } from './incident.ts';
import type { Signal } from './signal.ts';

const PUT = statement(import.meta.url, 'sql/put-signal.sql');
const LOCK = statement(import.meta.url, 'sql/lock-asset.sql');

/** A clock that is ahead by more than this is wrong: its word counts as said now, or it would silence all later ones. */
const AHEAD_MS_MAX = 5 * 60_000;

/**
 * Takes in a word about one watched thing: opens an incident for its table, joins the one that is open, or clears it.
 * The same word again, or an older one, changes nothing; so does the first word of a thing when it is well.
 */
export async function takeSignal(work: Work, signal: Signal): Promise<void> {
  // Words about one table are taken one after the other, or two could open two incidents.
  await work.tx.query(LOCK, [signal.assetId]);
  const at = new Date(Math.min(signal.atMs, work.nowMs + AHEAD_MS_MAX));
  const { rows } = await work.tx.query<{ before: 'ok' | 'failing' | null }>(PUT, [
    signal.plane,
    signal.key,
    signal.kind,
    signal.assetId,
    signal.column ?? '',
    signal.check,
    signal.dimension,
    signal.severity,
    signal.state,
    signal.failures,
    signal.owners,
    signal.tags,
    at,
  ]);
  const taken = rows[0];
  if (taken === undefined) return;
  if (signal.state === 'failing') await incidentFails(work, signal);
  else if (taken.before === 'failing') await incidentCleared(work, signal);
}
