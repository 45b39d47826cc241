import { z } from 'zod';
import { Problem, problemFrom } from '#base/problem';
import type { ProblemCode } from '#base/problem';
import { STATUS_OF, codeOfStatus } from './status.ts';

const CODES = Object.keys(STATUS_OF) as [ProblemCode, ...ProblemCode[]];

/** The one JSON shape of every error at every HTTPS door. */
export const failureSchema = z.object({
  error: z.object({
    code: z.enum(CODES),
    message: z.string(),
    hint: z.string().nullable(),
    requestId: z.string(),
    /** Place in a text the caller sent, lines and columns from 1. */
    where: z
      .object({ file: z.string().optional(), line: z.number(), column: z.number() })
      .optional(),
  }),
});
export type Failure = z.infer<typeof failureSchema>;

/** The answer to a request that failed; what is not meant for the caller is replaced by `internal error`. */
export function failureOf(problem: Problem, requestId: string): Failure {
  if (problem.code === 'internal') {
    return {
      error: { code: 'internal', message: 'internal error', hint: hintFor(requestId), requestId },
    };
  }
  const { code, message, hint, where } = problem;
  return {
    error: {
      code,
      message,
      hint: hint ?? null,
      requestId,
      ...(where === undefined ? {} : { where }),
    },
  };
}

function hintFor(requestId: string): string {
  return `the operator finds the reason in the log under request id \`${requestId}\``;
}

/** What was thrown in a handler or by Fastify itself, as a problem and a status. */
export function refusalOf(thrown: unknown): { readonly problem: Problem; readonly status: number } {
  if (thrown instanceof Problem) return { problem: thrown, status: STATUS_OF[thrown.code] };
  const status = statusOf(thrown);
  if (status === undefined || status >= 500) return { problem: problemFrom(thrown), status: 500 };
  return { problem: clientProblem(thrown, status), status };
}

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('statusCode' in thrown)) return undefined;
  return typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
}

function clientProblem(thrown: unknown, status: number): Problem {
  if (status === 413) return new Problem('limit', 'request body is larger than this route takes');
  if (status === 415)
    return new Problem('unsupported', 'request body expected content-type `application/json`');
  const issues = validationOf(thrown);
  if (issues !== undefined) return new Problem('invalid', issues);
  return new Problem(codeOfStatus(status), 'the request is not well formed', { cause: thrown });
}

/** Issues of the first few fields, with where they were found; zod's messages name types and options, not values. */
function validationOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('validation' in thrown)) return undefined;
  const context = 'validationContext' in thrown ? String(thrown.validationContext) : 'request';
  const list: unknown = thrown.validation;
  if (!Array.isArray(list)) return undefined;
  return list
    .slice(0, ISSUES_MAX)
    .map((issue: unknown) => describeIssue(issue, context))
    .join('; ');
}

/** A caller fixes a few mistakes at a time. */
const ISSUES_MAX = 5;

function describeIssue(issue: unknown, context: string): string {
  if (typeof issue !== 'object' || issue === null) return `${context} does not fit`;
  const path = 'instancePath' in issue ? String(issue.instancePath) : '';
  const message = 'message' in issue ? String(issue.message) : 'does not fit';
  const place = [context, ...path.split('/').filter((step) => step !== '')].join('.');
  return `\`${place}\` ${message.slice(0, 1).toLowerCase()}${message.slice(1)}`;
}

const envelopeSchema = z.object({
  error: z.object({ http_code: z.number(), message: z.string() }),
});

/** The problem a server of ours answered with; what does not have our shape is judged by its status alone. */
export function problemOfAnswer(status: number, body: unknown): Problem {
  const parsed = failureSchema.safeParse(body);
  if (!parsed.success) {
    // The vault's door answers in another shape, with the hint in the message.
    const other = envelopeSchema.safeParse(body);
    const said = other.success ? other.data.error.message : '';
    const message = said === '' ? `the server answered with status ${status}` : said;
    return new Problem(codeOfStatus(status), message);
  }
  const { code, message, hint, where } = parsed.data.error;
  return new Problem(code, message, {
    ...(hint === null ? {} : { hint }),
    ...(where === undefined ? {} : { where: whereOf(where) }),
  });
}

function whereOf(where: NonNullable<Failure['error']['where']>) {
  const { file, line, column } = where;
  return file === undefined ? { line, column } : { file, line, column };
}
