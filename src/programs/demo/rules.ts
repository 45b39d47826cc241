import { z } from 'zod';
import { Problem } from '#base/problem';
import { parseDocuments } from '#engines/policy';
import type { Authored, DocumentsReading } from '#engines/policy';
import { told } from './accounts.ts';
import { act, change, pathOf, read } from './desk.ts';
import type { Desk } from './desk.ts';

/** A text with policy documents and the file it is from. */
export type PolicyText = { readonly file: string; readonly text: string };

const inForce = z.object({
  items: z.array(z.object({ family: z.string(), name: z.string() })),
});

const review = z.object({
  base: z.number(),
  added: z.array(z.object({ name: z.string() })),
  errors: z.array(
    z.object({
      message: z.string(),
      where: z.object({ file: z.string().optional(), line: z.number() }).nullable(),
    }),
  ),
  tests: z.array(z.object({ test: z.string(), case: z.string(), failures: z.array(z.string()) })),
  confirmation: z.string().nullable(),
});

/** Documents of different kinds may share a name; control keeps these four apart. */
const FAMILIES = {
  SubscriptionPolicy: 'policy',
  DataPolicy: 'policy',
  VaultPolicy: 'policy',
  Purpose: 'purpose',
  Project: 'project',
  PolicyTest: 'test',
} as const;

/**
 * Plans and applies the documents that are not in force yet, as a governor would; those of the same name that somebody
 * changed stay as they are. Throws `invalid` for errors in the documents and for tests that fail.
 */
export async function applyPolicies(desk: Desk, texts: readonly PolicyText[]): Promise<void> {
  const documents = texts.flatMap((text) => documentsOf(text));
  const { items } = await read(desk, pathOf('policies'), inForce);
  const known = new Set(items.map(({ family, name }) => `${family} ${name}`));
  const missing = documents.filter(({ authored }) => !known.has(keyOf(authored)));
  if (missing.length > 0) await planAndApply(desk, missing);
  desk.progress(told('policy documents', documents.length, missing.length));
}

type Missing = { readonly file: string; readonly authored: Authored };

function documentsOf({ file, text }: PolicyText): readonly Missing[] {
  const { documents, problems }: DocumentsReading = parseDocuments(text, file);
  const [first] = problems;
  if (first !== undefined) throw first;
  return documents.map((authored) => ({ file, authored }));
}

function keyOf({ document }: Authored): string {
  return `${FAMILIES[document.kind]} ${document.name}`;
}

async function planAndApply(desk: Desk, missing: readonly Missing[]): Promise<void> {
  const texts = missing.map(({ file, authored }) => ({ file, text: authored.text }));
  const plan = { method: 'POST', path: pathOf('policies', 'plan'), body: { texts } } as const;
  const { base, errors, tests, confirmation } = await change(desk, plan, review);
  const [error] = errors;
  if (error !== undefined) throw new Problem('invalid', `${place(error.where)}${error.message}`);
  const failing = tests.find(({ failures }) => failures.length > 0);
  if (failing !== undefined) {
    const [failure = ''] = failing.failures;
    throw new Problem('invalid', `policy test \`${failing.test}\`, ${failing.case}: ${failure}`);
  }
  // Everything here is invented, so more of it may show without a person looking at the plan first.
  const body = { texts, base, confirm: confirmation, message: 'the demo' };
  await act(desk, { method: 'POST', path: pathOf('policies', 'apply'), body });
}

function place(
  where: { readonly file?: string | undefined; readonly line: number } | null,
): string {
  return where === null ? '' : `${where.file ?? 'policy'}:${where.line}: `;
}
