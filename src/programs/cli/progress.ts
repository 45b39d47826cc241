import type { Terminal } from './terminal.ts';

/** What is done sooner needs no telling. */
const QUIET_MS = 2_000;
const FRAME_MS = 120;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Waits for a piece of work; when it takes longer than two seconds, says on standard error what is being waited for, or how far it is. */
export async function withProgress<T>(
  terminal: Terminal,
  text: string | (() => string),
  work: Promise<T>,
): Promise<T> {
  const said = typeof text === 'string' ? () => text : text;
  const started = terminal.nowMs();
  let frames: NodeJS.Timeout | undefined;
  const quiet = setTimeout(() => {
    if (!terminal.animated) return terminal.err(`${said()} …\n`);
    frames = setInterval(() => draw(terminal, said(), started), FRAME_MS);
  }, QUIET_MS);
  try {
    return await work;
  } finally {
    clearTimeout(quiet);
    clearInterval(frames);
    if (frames !== undefined) terminal.err('\r\u001b[K');
  }
}

function draw(terminal: Terminal, text: string, startedMs: number): void {
  const elapsedMs = terminal.nowMs() - startedMs;
  const frame = FRAMES[Math.floor(elapsedMs / FRAME_MS) % FRAMES.length] ?? '';
  const seconds = terminal.errStyle.dim(`${Math.round(elapsedMs / 1000)} s`);
  terminal.err(`\r\u001b[K${terminal.errStyle.cyan(frame)} ${text} ${seconds}`);
}
