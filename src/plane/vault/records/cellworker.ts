import { parentPort } from 'node:worker_threads';
import { present } from '#base/assert';
import { doCellJob } from './celljob.ts';
import type { CellJob, CellReply } from './celljob.ts';

/** Seals and opens cells in a thread of its own. It has no keys but those that come with a job, for as long as that takes. */
const port = present(parentPort, 'port of the cell worker');

port.on('message', ({ id, job }: { readonly id: number; readonly job: CellJob }) => {
  const reply = replyTo(id, job);
  port.postMessage(reply, reply.kind === 'done' ? [reply.answer.bodies.buffer] : []);
});

port.postMessage({ kind: 'ready' } satisfies CellReply);

/** What went wrong is not told: it could say what it went wrong with. */
function replyTo(id: number, job: CellJob): CellReply {
  try {
    return { kind: 'done', id, answer: doCellJob(job) };
  } catch {
    return { kind: 'failed', id };
  }
}
