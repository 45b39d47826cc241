import { createHash } from 'node:crypto';
import type { Tools } from '#engines/policy';

/** SHA-256 of a text's UTF-8 bytes, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What the policy engine is handed. */
export const TOOLS: Tools = { sha256 };
