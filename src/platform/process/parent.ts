import { z } from 'zod';

/** What a child tells the program that started it; no field for anything but words for people. */
const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('step'), text: z.string() }),
  z.object({ kind: z.literal('ready'), addresses: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal('failed'), message: z.string(), hint: z.string().nullable() }),
]);
export type ChildMessage = z.infer<typeof messageSchema>;

/** The message, or undefined when it is none of ours. */
export function readChildMessage(value: unknown): ChildMessage | undefined {
  const parsed = messageSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Tells the parent; does nothing when there is none that listens. */
export function tellParent(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, {}, () => resolve());
  });
}

/** Calls back when the parent that started this process with a channel is gone, however it died. */
export function onParentGone(gone: () => void): void {
  if (process.send === undefined) return;
  if (process.connected) process.once('disconnect', gone);
  else gone();
}
