import { parentPort, workerData } from 'node:worker_threads';
import { present } from '#base/assert';
import { compiled } from './jsonschema.ts';

/**
 * Checks texts against one JSON Schema, in a thread of its own: a schema of nested alternatives can take as long as it
 * likes over a text, and whoever waits for this thread ends it then.
 */
const port = present(parentPort, 'port of the JSON worker');
const fits = compiled(workerData as Readonly<Record<string, unknown>>);

port.on('message', (texts: readonly string[]) => {
  port.postMessage(texts.map(passes));
});

function passes(text: string): boolean {
  try {
    return fits(JSON.parse(text));
  } catch {
    return false;
  }
}
