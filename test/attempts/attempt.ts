import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One attempt: messages sent in turn on a fresh connection, and what the last of them must bring back. */
export type Attempt = {
  readonly family: string;
  readonly title: string;
  readonly messages: readonly string[];
  readonly expected: string;
};

const FOLDER = new URL('../data/attempts/', import.meta.url).pathname;
const THEN = '\n--- then\n';

/** All attempts, family by family, in the order they are written. */
export function readAttempts(): readonly Attempt[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d.*\.sql$/u.test(name))
    .sort()
    .flatMap((family) => parseAttempts(family, readFileSync(join(FOLDER, family), 'utf8')));
}

/** Writes the families back, each attempt with the answer given; for recording, after which a person reads the diff. */
export function writeAttempts(attempts: readonly Attempt[]): void {
  for (const [family, members] of Map.groupBy(attempts, (attempt) => attempt.family)) {
    writeFileSync(
      join(FOLDER, family),
      members.map((attempt) => formatAttempt(attempt)).join('\n'),
    );
  }
}

export function fixtureText(): string {
  return readFileSync(join(FOLDER, 'fixture.sql'), 'utf8');
}

export function policyText(): string {
  return readFileSync(join(FOLDER, 'policy.yaml'), 'utf8');
}

function parseAttempts(family: string, text: string): readonly Attempt[] {
  return text
    .split(/^### /mu)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const title = block.slice(0, block.indexOf('\n'));
      const [sql = '', expected = ''] = block.slice(block.indexOf('\n') + 1).split(/^=> /mu);
      return { family, title, messages: sql.trimEnd().split(THEN), expected: expected.trim() };
    });
}

function formatAttempt(attempt: Attempt): string {
  return `### ${attempt.title}\n${attempt.messages.join(THEN)}\n=> ${attempt.expected}\n`;
}
