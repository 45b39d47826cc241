import { z } from 'zod';
import { Problem } from '#base/problem';
import {
  applyChange,
  documentHistory,
  explainDecision,
  explainNow,
  ownDecision,
  listDocuments,
  listRevisions,
  policyRevision,
  reviewChange,
} from '#control/access';
import type { Asked, ExplainedDecision } from '#control/access';
import type { Pool } from '#platform/db';
import { changeBody, documentShape, explainedShape } from './accessshape.ts';
import { familyName, reviewAnswer, reviewShape } from './accessshape.ts';
import { hasAny, permission, SESSION } from './need.ts';
import { route } from './route.ts';
import { moment, word } from './shape.ts';

const area = 'policies';
const READERS = permission('governor', 'auditor', 'data-owner');
const GOVERNOR = permission('governor');
/** A whole set of documents; more is refused before it is read. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

const documentParams = z.object({ family: familyName, name: word });

export const policyRoutes = [
  route({
    method: 'GET',
    path: '/policies',
    need: READERS,
    area,
    summary: 'List the documents in force, each as a sentence',
    query: z.object({ family: familyName.optional() }),
    answers: z.object({ revision: z.number(), items: z.array(documentShape) }),
    handle: async ({ room, query }) => {
      const { pool } = room.office;
      return { revision: await policyRevision(pool), items: await listDocuments(pool, query) };
    },
  }),
  route({
    method: 'GET',
    path: '/policies/:family/:name',
    need: READERS,
    area,
    summary: 'Show a document as it was written',
    params: documentParams,
    answers: documentShape.extend({ text: z.string() }),
    handle: async ({ room, params }) => {
      const [found] = await listDocuments(room.office.pool, params);
      if (found !== undefined) return found;
      throw new Problem('not-found', `no ${params.family} is called \`${params.name}\``);
    },
  }),
  route({
    method: 'GET',
    path: '/policies/:family/:name/history',
    need: READERS,
    area,
    summary: 'List the versions of a document, newest first',
    params: documentParams,
    answers: z.object({
      items: z.array(
        z.object({
          revision: z.number(),
          at: moment,
          by: z.string(),
          message: z.string(),
          text: z.string().nullable().describe('null where it was taken away'),
        }),
      ),
    }),
    handle: async ({ room, params }) => ({
      items: await documentHistory(room.office.pool, params),
    }),
  }),
  route({
    method: 'GET',
    path: '/policy-revisions',
    need: READERS,
    area,
    summary: 'List the sets that were applied, newest first',
    answers: z.object({
      items: z.array(
        z.object({
          number: z.number(),
          at: moment,
          by: z.string(),
          message: z.string(),
          changed: z.number(),
          removed: z.number(),
        }),
      ),
    }),
    handle: async ({ room }) => ({ items: await listRevisions(room.office.pool) }),
  }),
  route({
    method: 'POST',
    path: '/policies/plan',
    need: READERS,
    area,
    summary: 'Check a change, test it, and say who would see what differently; nothing is changed',
    body: changeBody,
    answers: reviewShape,
    bodyBytesMax: BODY_BYTES_MAX,
    handle: async ({ room, body, does }) => {
      const at = { nowMs: room.office.clock() };
      const { review } = await does((work) => reviewChange(work.tx, body, at));
      return reviewAnswer(review);
    },
  }),
  route({
    method: 'POST',
    path: '/policies/apply',
    need: GOVERNOR,
    area,
    summary: 'Apply a change that was planned',
    body: changeBody.extend({
      base: z.number().int().min(0).describe('the revision the plan was made on'),
      confirm: z.string().max(64).nullable().default(null).describe('what the plan asks for'),
      message: z.string().max(500).default('').describe('why'),
    }),
    answers: z.object({ revision: z.number(), review: reviewShape }),
    bodyBytesMax: BODY_BYTES_MAX,
    handle: async ({ body, does }) => {
      const applied = await does((work) => applyChange(work, body));
      return { revision: applied.revision, review: reviewAnswer(applied.review) };
    },
  }),
  route({
    method: 'GET',
    path: '/decisions/:id',
    need: SESSION,
    area,
    summary: 'Explain a decision: everybody’s for those who may see them, your own otherwise',
    params: z.object({ id: word }),
    answers: explainedShape,
    handle: async ({ room, params, caller }) => {
      const explained = await explainDecision(room.office.pool, params.id);
      if (hasAny(caller(), ['governor', 'auditor'])) return explained;
      if (explained.subject === caller().name) return ownDecision(explained);
      throw new Problem('not-found', `no decision of yours is known as \`${params.id}\``);
    },
  }),
  route({
    method: 'POST',
    path: '/explain',
    need: SESSION,
    area,
    summary:
      'Say what policy decides for a person and a source now, and why; yourself, or anybody for governors',
    body: z.object({
      subject: word.optional().describe('name; yourself when left out'),
      source: word,
      project: word.nullable().default(null),
      purpose: word.nullable().default(null),
    }),
    answers: explainedShape,
    handle: async ({ room, body, caller }) => {
      const subject = body.subject ?? caller().name;
      const trusted = hasAny(caller(), ['governor', 'auditor', 'data-owner']);
      if (subject !== caller().name && !trusted) {
        throw new Problem('denied', 'this needs permission `governor`, `auditor` or `data-owner`', {
          hint: 'you may ask about yourself',
        });
      }
      const { pool, clock } = room.office;
      const asked = { ...body, subject };
      return trusted ? explainNow(pool, asked, clock()) : explainOwn(pool, asked, clock());
    },
  }),
];

/**
 * What a person may know of their own decision. A source that is denied to them is one that is not there, as at the
 * gateway: its columns and policies have names, and so have the sources an unknown name is close to.
 */
async function explainOwn(pool: Pool, asked: Asked, nowMs: number): Promise<ExplainedDecision> {
  const explained = await explainNow(pool, asked, nowMs).catch((thrown: unknown) => {
    if (thrown instanceof Problem && thrown.code === 'not-found') return null;
    throw thrown;
  });
  if (explained?.decision.effect === 'allow') return explained;
  throw new Problem('not-found', `no source of yours is called \`${asked.source}\``, {
    hint: 'act in the project or under the purpose it was given to you for, or ask its owner',
  });
}
