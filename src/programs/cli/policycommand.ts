import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { EXIT } from './exitcode.ts';
import { branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf } from './line.ts';
import type { Output } from './output.ts';
import { addPolicyReading } from './policyreading.ts';
import { readPolicyTexts } from './policyfiles.ts';
import { reviewShape } from './reviewshape.ts';
import type { Review } from './reviewshape.ts';
import { findingsText, planText, testsText } from './reviewtext.ts';

const CHANGE_FLAGS: readonly Flag[] = [
  ['--replace', 'the files are the whole set: documents they do not hold go away'],
  ['--remove <family/name>', 'take a document away, such as policy/mask-emails', 'many'],
];

const changeOptions = z.object({
  replace: z.boolean().default(false),
  remove: z.array(z.string()).default([]),
});
type ChangeOptions = z.infer<typeof changeOptions>;

/** `privet policy …`. */
export function addPolicies(cli: Cli, program: Command): void {
  const policy = branch(program, 'policy', 'who may see what: check, plan, apply, test, explain');
  addCheck(cli, policy);
  addPlan(cli, policy);
  addApply(cli, policy);
  addTest(cli, policy);
  addPolicyReading(cli, policy);
}

function addCheck(cli: Cli, policy: Command): void {
  leaf(cli, policy, {
    name: 'check <paths...>',
    summary: 'say what is wrong with documents; exit code 5 when something is',
    details: 'Paths are files, folders (every .yaml below them) or `-`. Nothing is changed.',
    flags: CHANGE_FLAGS,
    options: changeOptions,
    examples: ['privet policy check policies/', 'privet policy check policies/clinic.yaml'],
    run: async ({ cli, args, options }) => {
      const { review } = await reviewed(cli, args, options);
      const count = review.errors.length;
      const { errors, warnings } = review;
      return {
        value: { errors, warnings },
        text: (style) =>
          `${findingsText(review, style)}${count === 0 ? `${style.green('✓')} no errors\n` : ''}`,
        exit: count === 0 ? EXIT.ok : EXIT.no,
      };
    },
  });
}

function addPlan(cli: Cli, policy: Command): void {
  leaf(cli, policy, {
    name: 'plan [paths...]',
    summary: 'show who would gain, lose or see differently which column and rows',
    details: 'Exit code 5 when the change could not be applied: errors, or tests that fail.',
    flags: CHANGE_FLAGS,
    options: changeOptions,
    examples: [
      'privet policy plan policies/',
      'privet policy plan policies/ --replace',
      'privet policy plan --remove policy/mask-emails',
    ],
    run: async ({ cli, args, options }) => {
      const { review } = await reviewed(cli, args, options);
      return {
        value: review,
        text: (style) => planText(review, style),
        exit: isSound(review) ? EXIT.ok : EXIT.no,
      };
    },
  });
}

function addApply(cli: Cli, policy: Command): void {
  leaf(cli, policy, {
    name: 'apply [paths...]',
    summary: 'plan, ask, and put in force',
    details:
      'When more of something sensitive would show, the plan names it and must be confirmed: by typing yes, or with the\n' +
      '--confirm code that a plan of exactly this change gave. A change is in force at every door within two seconds.',
    flags: [
      ...CHANGE_FLAGS,
      ['--message <text>', 'why, for the history'],
      ['--confirm <code>', 'the code of the plan, when something sensitive shows'],
      ['--yes', 'do not ask, unless something sensitive would show'],
    ],
    options: changeOptions.extend({
      message: z.string().default(''),
      confirm: z.string().optional(),
      yes: z.boolean().default(false),
    }),
    examples: [
      'privet policy apply policies/ --message "analysts may see the clinic"',
      'privet policy apply policies/ --replace --yes --message "from git"',
    ],
    run: async ({ cli, args, options }) => {
      const { review, change } = await reviewed(cli, args, options);
      if (!isSound(review)) {
        return {
          value: review,
          text: (style) => planText(review, style),
          note: (style) => `${style.red('privet:')} nothing was applied\n`,
          exit: EXIT.no,
        };
      }
      if (touchedCount(review) === 0) return unchanged(review);
      const confirm = await agreed(cli, review, options);
      const body = { ...change, base: review.base, confirm, message: options.message };
      const shape = z.object({ revision: z.number(), review: reviewShape });
      const call = { method: 'POST', path: pathOf('policies', 'apply'), body } as const;
      const applied = await cli.waiting('applying', cli.lines().control().ask(call, shape));
      return {
        value: applied,
        text: (style) =>
          `${style.green('✓')} revision ${applied.revision} is in force: ${sumText(review)}\n`,
      };
    },
  });
}

function addTest(cli: Cli, policy: Command): void {
  leaf(cli, policy, {
    name: 'test [paths...]',
    summary: 'run policy tests: those in force, with the documents of the paths',
    details: 'Exit code 5 when a case does not hold.',
    flags: CHANGE_FLAGS,
    options: changeOptions,
    examples: ['privet policy test', 'privet policy test policies/'],
    run: async ({ cli, args, options }) => {
      const { review } = await reviewed(cli, args, options);
      const { tests, errors, warnings } = review;
      const none = 'no tests: a document of kind PolicyTest holds some\n';
      return {
        value: { errors, warnings, tests },
        text: (style) =>
          findingsText({ errors, warnings: [] }, style) +
          (tests.length === 0 && errors.length === 0 ? none : testsText(tests, style)),
        exit: isSound(review) ? EXIT.ok : EXIT.no,
      };
    },
  });
}

async function reviewed(cli: Cli, paths: readonly string[], options: ChangeOptions) {
  const change = {
    texts: await readPolicyTexts(cli.terminal, paths),
    remove: options.remove.map(documentName),
    mode: options.replace ? 'replace' : 'merge',
  };
  if (options.replace && paths.length === 0) {
    throw new Problem('invalid', '`--replace` without files would take every document away', {
      hint: 'name the files that are the whole set',
    });
  }
  const call = { method: 'POST', path: pathOf('policies', 'plan'), body: change } as const;
  const line = cli.lines().control();
  const review = await cli.waiting('comparing who sees what', line.ask(call, reviewShape));
  return { review: { ...review, warnings: own(review.warnings, change.texts) }, change };
}

/** Warnings of what was sent: of other documents in force, whoever sent those was told. */
function own(
  warnings: Review['warnings'],
  texts: readonly { readonly file: string }[],
): Review['warnings'] {
  const files = new Set(texts.map(({ file }) => file));
  if (texts.length === 0) return warnings;
  return warnings.filter(({ where }) => where?.file === undefined || files.has(where.file));
}

function documentName(text: string): { readonly family: string; readonly name: string } {
  const [family = '', name = '', ...more] = text.split('/');
  if (name !== '' && more.length === 0) return { family, name };
  throw new Problem('invalid', `\`--remove\` expected \`family/name\`, got \`${text}\``, {
    hint: 'families are policy, purpose, project and test',
  });
}

/** What control must be told that somebody saw; throws when they say no. */
async function agreed(
  cli: Cli,
  review: Review,
  options: { readonly confirm?: string | undefined; readonly yes: boolean },
): Promise<string | null> {
  const { terminal } = cli;
  const { confirmation } = review;
  if (confirmation !== null && options.confirm !== undefined) return options.confirm;
  if (confirmation === null && options.yes) return null;
  terminal.err(`${planText(review, terminal.errStyle)}\n`);
  if (!terminal.interactive) throw nobodyThere(confirmation);
  const sensitive = confirmation !== null;
  const question = sensitive
    ? 'More of something sensitive would show. Type yes to apply: '
    : 'Apply? [y/N] ';
  const answer = (await terminal.ask(question, 'plain')).trim().toLowerCase();
  if (answer === 'yes' || (!sensitive && answer === 'y')) return confirmation;
  throw new Problem('invalid', 'nothing was applied');
}

function nobodyThere(confirmation: string | null): Problem {
  return confirmation === null
    ? new Problem('invalid', 'this asks first, and nobody is there to answer', {
        hint: 'give `--yes` when the plan is what you mean',
      })
    : new Problem(
        'invalid',
        'more of something sensitive would show, and nobody is there to say yes',
        {
          hint: `read the plan; \`--confirm ${confirmation}\` says yes to exactly this`,
        },
      );
}

function unchanged(review: Review): Output {
  return {
    value: { revision: review.base, review },
    text: (style) => `${style.green('✓')} revision ${review.base} holds this already\n`,
  };
}

function isSound(review: Review): boolean {
  return review.errors.length === 0 && review.tests.every((one) => one.failures.length === 0);
}

function touchedCount(review: Review): number {
  return review.added.length + review.changed.length + review.removed.length;
}

function sumText(review: Review): string {
  const { added, changed, removed } = review;
  return `${added.length} added, ${changed.length} changed, ${removed.length} removed`;
}
