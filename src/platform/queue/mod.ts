/**
 * Work that is done later, and surely: jobs in the caller's own PostgreSQL database, put there in the caller's
 * transaction, taken up again after a crash, with progress that can be read. A thin layer over graphile-worker; why that
 * one: docs/design/queue.md. What a job does is the business of the part that declares its task.
 */
export { openQueue } from './queue.ts';
export type { Queue, Task } from './queue.ts';
