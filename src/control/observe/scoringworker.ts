import { parentPort, workerData } from 'node:worker_threads';
import { present } from '#base/assert';
import { problemFrom } from '#base/problem';
import { openPool } from '#platform/db';
import { systemClock, systemRandom } from '#platform/telemetry';
import { scoreWaiting } from './scoring.ts';
import type { ScoringAnswer, ScoringOrder } from './scoringmessage.ts';

/** The thread that judges: reads, judges and keeps by connections of its own, once for every message. */
const port = present(parentPort, 'port of the scoring worker');
const { databaseUrl, connectionsMax } = workerData as ScoringOrder;
const pool = openPool({ url: databaseUrl, name: 'privet-control-scoring', connectionsMax });
const office = { pool, clock: systemClock, random: systemRandom };

port.on('message', () => {
  void answer().then((said) => port.postMessage(said));
});

async function answer(): Promise<ScoringAnswer> {
  try {
    return { kind: 'run', run: await scoreWaiting(office) };
  } catch (thrown) {
    const { code, message } = problemFrom(thrown);
    return { kind: 'failed', code, message };
  }
}
