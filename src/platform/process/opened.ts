/** How to close what is open, in the order it was opened. */
export type Opened = (() => Promise<void> | void)[];

/**
 * Opens something of several pieces, each of which adds how it is closed. `close` closes them, the last first; when a
 * piece cannot be opened, those before it are closed and its error is thrown.
 */
export async function openInOrder<T>(
  open: (opened: Opened) => Promise<T>,
): Promise<T & { close(): Promise<void> }> {
  const opened: Opened = [];
  const close = async () => {
    for (const one of opened.toReversed()) await one();
  };
  try {
    return { ...(await open(opened)), close };
  } catch (error) {
    await close();
    throw error;
  }
}
