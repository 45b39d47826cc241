import { parentPort, workerData } from 'node:worker_threads';
import { present } from '#base/assert';
import { problemFrom } from '#base/problem';
import { deidentifyFile } from './detectfile.ts';
import type { FileAnswer, FileOrder } from './detectorder.ts';
import { wishOf } from './detectwish.ts';

/** Works one file off in a thread of its own: whoever waits for it ends it when it takes too long. */
const port = present(parentPort, 'port of the detect worker');
const { bytes, format, body } = workerData as FileOrder;

async function answer(): Promise<FileAnswer> {
  try {
    return { kind: 'done', ...(await deidentifyFile(bytes, format, wishOf(body))) };
  } catch (thrown) {
    const { code, message, hint } = problemFrom(thrown);
    return { kind: 'fault', code, message, hint: hint ?? null };
  }
}

port.postMessage(await answer());
