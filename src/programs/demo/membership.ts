import { z } from 'zod';
import type { HttpClient } from '#platform/http';
import { told } from './accounts.ts';
import type { Cast } from './cast.ts';
import { act, pathOf, read, signIn, signOut } from './desk.ts';
import type { Desk } from './desk.ts';
import type { Passwords } from './passfile.ts';

const projectShape = z.object({
  purposes: z.array(z.string()),
  members: z.array(
    z.object({
      subject: z.string(),
      acknowledged: z.array(z.object({ purpose: z.string() })),
    }),
  ),
});
type Project = z.infer<typeof projectShape>;

const purposesShape = z.object({
  items: z.array(z.object({ name: z.string(), statement: z.string() })),
});

/**
 * Takes people into projects, then lets each accept the statements of its purposes under their own name, since nobody can
 * do that for another. People whose password the demo does not know are left to do it themselves.
 */
export async function fillProjects(
  desk: Desk,
  cast: Cast,
  keys: { readonly client: HttpClient; readonly passwords: Passwords },
): Promise<void> {
  let made = 0;
  let all = 0;
  for (const { project, people } of cast.members) {
    const before = await read(desk, pathOf('projects', project), projectShape);
    const missing = people.filter((name) => !isMember(before, name));
    for (const name of missing) {
      await act(desk, { method: 'PUT', path: pathOf('projects', project, 'members', name) });
    }
    const now = await read(desk, pathOf('projects', project), projectShape);
    for (const name of people) await acknowledge({ desk, keys, project, now }, name);
    made += missing.length;
    all += people.length;
  }
  if (all > 0) desk.progress(told('memberships in projects', all, made));
}

function isMember(project: Project, name: string): boolean {
  return project.members.some(({ subject }) => subject === name);
}

type Acknowledging = {
  readonly desk: Desk;
  readonly keys: { readonly client: HttpClient; readonly passwords: Passwords };
  readonly project: string;
  readonly now: Project;
};

async function acknowledge(work: Acknowledging, name: string): Promise<void> {
  const { desk, keys, project, now } = work;
  const accepted = now.members.find(({ subject }) => subject === name)?.acknowledged ?? [];
  const open = now.purposes.filter((one) => !accepted.some(({ purpose }) => purpose === one));
  const password = keys.passwords.get(name);
  if (open.length === 0 || password === undefined) return;
  const own = await signIn(keys.client, { name, password }, desk.progress);
  try {
    const { items } = await read(own, pathOf('purposes'), purposesShape);
    for (const { name: purpose, statement } of items.filter((one) => open.includes(one.name))) {
      const body = { purpose, statement };
      await act(own, {
        method: 'POST',
        path: pathOf('projects', project, 'acknowledgements'),
        body,
      });
    }
  } finally {
    await signOut(own);
  }
}
