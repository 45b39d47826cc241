import { z } from 'zod';
import { codePoints, countWords, DETECTABLE } from '#engines/detect';
import { deidentify, startCounters } from './deidentify.ts';
import type { Deidentified } from './deidentify.ts';
import { noteDeidentified, startCounts } from './detectleaf.ts';
import { tokensFor } from './detecttokens.ts';
import { entityNames, requireAffordable, wishOf, wishShape } from './detectwish.ts';
import { reidentify } from './reidentify.ts';
import { POLICY, vaultRoute } from '../route.ts';
import { requireAny } from '#plane/vault';

/** A tenth of a second of work, half a one where all of it looks like numbers; longer texts are files. */
const TEXT_CHARACTERS_MAX = 256 * 1024;

/** Tokens are longer than what they stand for. */
const REIDENTIFIED_CHARACTERS_MAX = 8 * TEXT_CHARACTERS_MAX;

const place = z.object({
  start_index: z.number().describe('in Unicode code points, from 0'),
  end_index: z.number().describe('the first behind it'),
  start_index_processed: z.number(),
  end_index_processed: z.number(),
});
const deidentified = z.object({
  processed_text: z.string(),
  entities: z.array(
    z.object({
      token: z.string().describe('what stands in its place, without brackets'),
      value: z.string(),
      location: place,
      entity_type: z.string(),
      entity_scores: z.record(z.string(), z.number()),
    }),
  ),
  word_count: z.number().describe('words of the processed text, as spaces part them'),
  character_count: z.number().describe('Unicode code points of the text that was given'),
  looked_for: z.array(z.string()).describe('the kinds that were looked for, and no others'),
});

/** What is told of a text that was de-identified. */
function answerOf(text: string, { text: processed, replaced }: Deidentified) {
  const [before, after] = [codePoints(text), codePoints(processed)];
  return {
    processed_text: processed,
    entities: replaced.map(({ by, value, entity, from, to, scores }) => ({
      token: by.replace(/^\[(?<inner>.*)\]$/su, '$<inner>'),
      value,
      location: {
        start_index: before(from.start),
        end_index: before(from.end),
        start_index_processed: after(to.start),
        end_index_processed: after(to.end),
      },
      entity_type: entity.toUpperCase(),
      entity_scores: Object.fromEntries(
        Object.entries(scores).map(([kind, score]) => [kind.toUpperCase(), score]),
      ),
    })),
    word_count: countWords(processed),
    character_count: before(text.length),
  };
}

export const detectRoutes = [
  vaultRoute({
    method: 'POST',
    path: '/v1/detect/deidentify/string',
    operation: 'deidentifyString',
    need: POLICY,
    summary: 'Replace what is found in a text by its kind, a number or a token',
    body: z.object({ ...wishShape, text: z.string().min(1).max(TEXT_CHARACTERS_MAX) }),
    answers: deidentified,
    handle: async (call) => {
      const { text, vault_id: vault } = call.body;
      const { schema, rulings } = await call.open(vault);
      const may = schema.tables.map(rulings.for('tokenize'));
      requireAny(may, 'texts are not yours to de-identify at this vault');
      const wish = wishOf(call.body);
      requireAffordable(wish, text.length);
      const done = await deidentify(text, wish, {
        counters: startCounters(),
        tokensFor: (found) => tokensFor(call, { schema, rulings }, found),
      });
      const counts = startCounts();
      counts.add(done.replaced);
      await noteDeidentified(call, {
        vault: schema.id,
        rulings: may,
        source: 'string',
        characters: text.length,
        replaced: counts.all(),
      });
      return { ...answerOf(text, done), looked_for: [...wish.entities] };
    },
  }),
  vaultRoute({
    method: 'POST',
    path: '/v1/detect/reidentify/string',
    operation: 'reidentifyString',
    need: POLICY,
    summary: 'Put values back into a text in place of tokens, as far as policy shows them',
    body: z.object({
      vault_id: z.string().min(1).max(200),
      text: z.string().min(1).max(REIDENTIFIED_CHARACTERS_MAX),
      format: z
        .object({ redacted: entityNames, masked: entityNames, plaintext: entityNames })
        .nullish()
        .describe('kinds by how much is asked for; without any, all that policy shows'),
    }),
    answers: z.object({
      text: z.string(),
      tokens_left: z.number().describe('what looks like a token, and has no value for the caller'),
    }),
    handle: async (call) => {
      const { text, vault_id: vault, format } = call.body;
      const done = await reidentify(call, vault, { text, format: format ?? {} });
      return { text: done.text, tokens_left: done.left };
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/detect/entities',
    operation: 'listDetectEntities',
    need: POLICY,
    summary: 'The kinds of things that can be found in texts here',
    answers: z.object({ entity_types: z.array(z.string()) }),
    handle: async () => ({ entity_types: [...DETECTABLE] }),
  }),
];
