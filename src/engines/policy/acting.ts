import type { Acting } from './condition.ts';
import type { Request } from './decision.ts';
import type { SourceFacts, SubjectFacts } from './facts.ts';
import { fullName } from './glob.ts';
import type { CompiledProject, PolicyView } from './policyview.ts';

/** What a request is about once all its names are found, or why it is refused. */
export type Resolved =
  | { readonly kind: 'resolved'; readonly scene: Scene }
  | {
      readonly kind: 'refused';
      readonly about: 'subject' | 'source' | 'project' | 'purpose';
      readonly rule: string;
    };
export type Scene = {
  readonly subject: SubjectFacts;
  readonly source: SourceFacts;
  readonly project: CompiledProject | null;
  readonly purpose: string | null;
};

/** Finds everything a request names; whatever cannot be found, or is not in force, refuses it. */
export function resolve(view: PolicyView, request: Request): Resolved {
  const subject = view.subjects.get(request.subject);
  if (subject === undefined) return refused('subject', 'the subject is not known');
  if (subject.state !== 'active') return refused('subject', `the subject is ${subject.state}`);
  const source = view.sources.get(request.source);
  if (source === undefined) return refused('source', 'the source is not registered');
  if (source.state !== 'active') return refused('source', 'the source is disabled');
  if (request.operation !== 'select') return refused('source', 'the operation is not known');
  return resolveProject(view, request, { subject, source });
}

function resolveProject(
  view: PolicyView,
  request: Request,
  { subject, source }: Pick<Scene, 'subject' | 'source'>,
): Resolved {
  if (request.project === null) {
    if (request.purpose !== null) return refused('purpose', 'a purpose counts only in a project');
    return { kind: 'resolved', scene: { subject, source, project: null, purpose: null } };
  }
  const project = view.projects.get(request.project);
  const acknowledged = project?.members.get(subject.id);
  // One answer for both, so that projects cannot be found out by trying names.
  if (project === undefined || acknowledged === undefined) {
    return refused('project', 'the project is not in force or the subject is not a member');
  }
  const purpose = purposeOf(view, { project, acknowledged, asked: request.purpose });
  if (purpose === undefined) {
    const rule = 'the purpose is not one of the project, or the subject has not acknowledged it';
    return refused('purpose', rule);
  }
  return restricted({ subject, source, project, purpose });
}

/** The refusal of a source outside the acting project, or the scene. */
export function restricted(scene: Scene): Resolved {
  const { project, source } = scene;
  if (project !== null && !project.sources.some((pattern) => pattern.test(source))) {
    const name = fullName(source);
    return refused(
      'project',
      `the acting project \`${project.facts.name}\` is not about \`${name}\``,
    );
  }
  return { kind: 'resolved', scene };
}

type Asked = {
  readonly project: CompiledProject;
  readonly acknowledged: ReadonlySet<string>;
  readonly asked: string | null;
};

/** The purpose in force, null for none, undefined when the one asked for does not count. */
function purposeOf(
  view: PolicyView,
  { project, acknowledged, asked }: Asked,
): string | null | undefined {
  const counts = (name: string) =>
    project.facts.purposes.includes(name) && acknowledged.has(name) && view.purposes.has(name);
  if (asked !== null) return counts(asked) ? asked : undefined;
  const [only, ...more] = project.facts.purposes;
  return only !== undefined && more.length === 0 && counts(only) ? only : null;
}

function refused(about: Extract<Resolved, { kind: 'refused' }>['about'], rule: string): Resolved {
  return { kind: 'refused', about, rule };
}

/** What conditions look at. */
export function actingIn(
  { subject, project, purpose }: Pick<Scene, 'subject' | 'project' | 'purpose'>,
  source: Acting['cel']['source'],
  nowMs: number,
): Acting {
  return {
    subject,
    groups: new Set(subject.groups),
    project:
      project === null
        ? null
        : {
            id: project.facts.id,
            name: project.facts.name,
            sharesKey: project.facts.maskedJoins,
          },
    purpose,
    cel: {
      user: subject,
      purpose: purpose ?? '',
      project: project?.facts.name ?? '',
      source,
      time: new Date(nowMs),
    },
  };
}
