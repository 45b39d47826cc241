/**
 * Whether AWS would let a request through: the evaluation of policies as "Policy evaluation logic" of the IAM User Guide
 * tells it, for the policies the templates use. An element or operator that is not known here throws, so that a template
 * that uses one is not passed over. `test/long/deploy.test.ts` compares it with another implementation.
 */
export type Statement = {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};
export type Policy = { readonly Version: string; readonly Statement: readonly Statement[] };

export type Principal = {
  readonly arn: string;
  readonly policies: readonly Policy[];
  readonly boundary: Policy | null;
};
export type Request = {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
  /** Of the resource, where it has one; of a key it alone can let anybody in. */
  readonly resourcePolicy?: Policy;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
};
export type Verdict = { readonly allowed: boolean; readonly by: string };

type Listener = (request: Request, verdict: Verdict) => void;
let listener: Listener = () => undefined;

/** Tells of every request from now on, so that another implementation can be asked the same. */
export function onEvaluated(listen: Listener): void {
  listener = listen;
}

export function evaluate(request: Request): Verdict {
  const verdict = verdictOf(request);
  listener(request, verdict);
  return verdict;
}

function verdictOf(request: Request): Verdict {
  const { principal, resourcePolicy } = request;
  const identity = principal.policies.flatMap((policy) => policy.Statement);
  const boundary = principal.boundary?.Statement ?? null;
  const resource = resourcePolicy?.Statement ?? [];
  const all = [...identity, ...(boundary ?? []), ...resource];
  const denial = all.find(({ Effect, ...rest }) => Effect === 'Deny' && matches(rest, request));
  if (denial !== undefined)
    return { allowed: false, by: `denied by ${denial.Sid ?? 'a statement'}` };
  const grants = (statements: readonly Statement[]) =>
    statements.find(({ Effect, ...rest }) => Effect === 'Allow' && matches(rest, request));
  const byResource = grants(resource);
  const byIdentity = grants(identity);
  const bounded = boundary === null || grants(boundary) !== undefined;
  // A key lets nobody in by identity policies alone unless its own policy names the account.
  const isKey = request.action.startsWith('kms:');
  // Into another account both sides must agree.
  const byIdentities = bounded ? byIdentity : undefined;
  const byBoth = byIdentities && byResource;
  const byEither = isKey ? byResource : (byResource ?? byIdentities);
  const found = isAbroad(request) ? byBoth : byEither;
  if (found === undefined) return { allowed: false, by: 'nothing allows it' };
  if (isKey && namesAccount(found) && byIdentities === undefined) {
    return { allowed: false, by: 'the key leaves it to identity policies, and none allows it' };
  }
  return { allowed: true, by: `allowed by ${found.Sid ?? 'a statement'}` };
}

function isAbroad({ principal, resource, resourcePolicy }: Request): boolean {
  return resourcePolicy !== undefined && accountOf(resource) !== accountOf(principal.arn);
}

/** Of a bucket, whose ARN has none, the one at the end of its name: ours are called so. */
export function accountOf(arn: string): string {
  return arn.split(':')[4] || (/\d{12}/u.exec(arn)?.[0] ?? '');
}

function namesAccount(statement: Statement): boolean {
  return listOf((statement.Principal as { AWS?: unknown } | undefined)?.AWS).some((arn) =>
    arn.endsWith(':root'),
  );
}

function matches(statement: Omit<Statement, 'Effect'>, request: Request): boolean {
  const { Action, NotAction, Resource, Principal, Condition, Sid, ...rest } = statement;
  const unknown = Object.keys(rest);
  if (unknown.length > 0) throw new Error(`statement ${Sid}: element ${unknown[0]} is not known`);
  const acts =
    NotAction === undefined
      ? listOf(Action).some((one) => like(request.action.toLowerCase(), one.toLowerCase()))
      : !listOf(NotAction).some((one) => like(request.action.toLowerCase(), one.toLowerCase()));
  return (
    acts &&
    (Resource === undefined || listOf(Resource).some((one) => like(request.resource, one))) &&
    (Principal === undefined || isPrincipal(Principal, request.principal.arn)) &&
    Object.entries(Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => {
        return holds({ operator, key, wanted: listOf(wanted) }, request);
      }),
    )
  );
}

function isPrincipal(principal: unknown, arn: string): boolean {
  if (principal === '*') return true;
  const named = principal as { AWS?: unknown; Service?: unknown };
  const account = arn.split(':')[4] ?? '';
  return (
    listOf(named.AWS).some((one) => {
      return (
        one === '*' || one === arn || one === account || one === `arn:aws:iam::${account}:root`
      );
    }) || listOf(named.Service).includes(arn)
  );
}

type Condition = {
  readonly operator: string;
  readonly key: string;
  readonly wanted: readonly string[];
};

function holds({ operator, key, wanted }: Condition, request: Request): boolean {
  const given = contextOf(request, key);
  const name = operator.replace(/^ForAnyValue:/u, '').replace(/IfExists$/u, '');
  if (name === 'Null') return wanted.includes(String(given.length === 0));
  if (given.length === 0) return operator.endsWith('IfExists') || name.includes('Not');
  const test = OPERATORS[name];
  if (test === undefined) throw new Error(`condition operator ${operator} is not known`);
  const any = given.some((one) => wanted.some((other) => test(one, other)));
  return name.includes('Not') ? !any : any;
}

/** Of a negated operator the test itself: its result is turned round over all values. */
const OPERATORS: Readonly<Record<string, (given: string, wanted: string) => boolean>> = {
  StringEquals: (given, wanted) => given === wanted,
  StringNotEquals: (given, wanted) => given === wanted,
  StringLike: like,
  StringNotLike: like,
  ArnEquals: likeArn,
  ArnLike: likeArn,
  ArnNotEquals: likeArn,
  ArnNotLike: likeArn,
  Bool: (given, wanted) => given === wanted,
  DateLessThan: (given, wanted) => Date.parse(given) < Date.parse(wanted),
};

function contextOf(request: Request, key: string): readonly string[] {
  const value = fullContext(request)[key];
  return value === undefined ? [] : listOf(value);
}

/** What was given, and what AWS adds to every request. */
export function fullContext({ context, principal }: Request): NonNullable<Request['context']> {
  return {
    'aws:PrincipalArn': principal.arn,
    'aws:PrincipalAccount': principal.arn.split(':')[4] ?? '',
    'aws:SecureTransport': 'true',
    ...context,
  };
}

/** Each of the six parts of an ARN by itself, so that `*` in one does not reach into the next. */
function likeArn(given: string, wanted: string): boolean {
  const [left, right] = [parts(given), parts(wanted)];
  return left.length === right.length && left.every((part, i) => like(part, right[i] ?? ''));
}

function parts(arn: string): readonly string[] {
  const split = arn.split(':');
  return [...split.slice(0, 5), split.slice(5).join(':')];
}

function like(text: string, pattern: string): boolean {
  const source = pattern
    .split('')
    .map((one) => (one === '*' ? '[^]*' : one === '?' ? '[^]' : RegExp.escape(one)))
    .join('');
  return new RegExp(`^${source}$`, 'u').test(text);
}

function listOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]) as readonly string[];
}
