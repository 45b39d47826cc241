/**
 * What it takes to be a program on this machine: a home directory with one lock, signals and exit codes, a parent that may
 * die, and children that must be kept alive. Knows nothing of what a program does.
 */
export { superviseChild } from './child.ts';
export type { Child, ChildEvent } from './child.ts';
export { EXIT, exitCodeOf } from './exitcode.ts';
export type { ExitCode } from './exitcode.ts';
export { homeDirectory } from './home.ts';
export { startLoop } from './loop.ts';
export type { Loop, Turn } from './loop.ts';
export { lockDirectory } from './lock.ts';
export { runProgram, untilStopped } from './program.ts';
export type { Run } from './program.ts';
export { openInOrder } from './opened.ts';
export type { Opened } from './opened.ts';
export { readNoArguments } from './usage.ts';
