import { z } from 'zod';
import {
  acknowledge,
  addMember,
  dropMember,
  findProject,
  listProjects,
  listPurposes,
} from '#control/access';
import type { ProjectStanding } from '#control/access';
import { Problem } from '#base/problem';
import type { Caller } from '#control/identity';
import { hasAny, permission, SESSION } from './need.ts';
import { route } from './route.ts';
import { moment, nameParams, word } from './shape.ts';

const area = 'projects';
const GOVERNOR = permission('governor');
const READERS = ['governor', 'auditor', 'data-owner'] as const;

const projectShape = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  state: z.enum(['active', 'staged']),
  sources: z.array(z.string()),
  purposes: z.array(z.string()),
  maskedJoins: z.boolean(),
  members: z.array(
    z.object({
      subject: z.string(),
      addedAt: moment,
      addedBy: z.string(),
      acknowledged: z.array(z.object({ purpose: z.string(), at: moment })),
    }),
  ),
});

const memberParams = nameParams.extend({ user: word });

export const projectRoutes = [
  route({
    method: 'GET',
    path: '/purposes',
    need: SESSION,
    area,
    summary: 'List purposes with the statement each asks for',
    answers: z.object({
      items: z.array(
        z.object({ name: z.string(), description: z.string(), statement: z.string() }),
      ),
    }),
    handle: async ({ room }) => ({ items: await listPurposes(room.office.pool) }),
  }),
  route({
    method: 'GET',
    path: '/projects',
    need: SESSION,
    area,
    summary: 'List projects: all for those who may see them, your own otherwise',
    answers: z.object({ items: z.array(projectShape) }),
    handle: async ({ room, caller }) => {
      const all = await listProjects(room.office.pool);
      return { items: all.filter((project) => maySee(caller(), project)) };
    },
  }),
  route({
    method: 'GET',
    path: '/projects/:name',
    need: SESSION,
    area,
    summary: 'Show a project with its members',
    params: nameParams,
    answers: projectShape,
    handle: async ({ room, params, caller }) => {
      const project = await findProject(room.office.pool, params.name);
      if (maySee(caller(), project)) return project;
      throw new Problem('not-found', `no project is called \`${params.name}\``);
    },
  }),
  route({
    method: 'PUT',
    path: '/projects/:name/members/:user',
    need: GOVERNOR,
    area,
    summary: 'Take somebody into a project',
    params: memberParams,
    handle: async ({ params, does }) => {
      await does((work) => addMember(work, { project: params.name, subject: params.user }));
      return undefined;
    },
  }),
  route({
    method: 'DELETE',
    path: '/projects/:name/members/:user',
    need: GOVERNOR,
    area,
    summary: 'Take somebody out of a project',
    params: memberParams,
    handle: async ({ params, does }) => {
      await does((work) => dropMember(work, { project: params.name, subject: params.user }));
      return undefined;
    },
  }),
  route({
    method: 'POST',
    path: '/projects/:name/acknowledgements',
    need: SESSION,
    area,
    summary: 'Accept the statement of a purpose in a project; nobody can do it for you',
    params: nameParams,
    body: z.object({
      purpose: word,
      statement: z.string().max(8_192).describe('the text you were shown, as it was'),
    }),
    handle: async ({ params, body, does }) => {
      await does((work) => acknowledge(work, { project: params.name, ...body }));
      return undefined;
    },
  }),
];

function maySee(caller: Caller, project: ProjectStanding): boolean {
  return (
    hasAny(caller, READERS) || project.members.some((member) => member.subject === caller.name)
  );
}
