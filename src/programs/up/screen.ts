import type { Problem } from '#base/problem';

/** Lines for the person who waits; standard output, because they are the result of the command. */
export type Screen = {
  /** What is being done now. */
  step(text: string): void;
  /** Something that happened while everything runs. */
  note(text: string): void;
  text(text: string): void;
  problem(problem: Problem): void;
};

/** A screen on two streams; `clock` gives milliseconds and shows how long everything took so far. */
export function openScreen(
  streams: { readonly out: NodeJS.WritableStream; readonly err: NodeJS.WritableStream },
  clock: () => number,
): Screen {
  const startedMs = clock();
  const since = () => `${((clock() - startedMs) / 1000).toFixed(1).padStart(5)} s`;
  return {
    step: (text) => void streams.out.write(`${since()}  ${text}\n`),
    note: (text) => void streams.out.write(`privet: ${text}\n`),
    text: (text) => void streams.out.write(text),
    problem({ message, hint }) {
      streams.err.write(`privet up: ${message}\n`);
      if (hint !== undefined) streams.err.write(`  hint: ${hint}\n`);
    },
  };
}
