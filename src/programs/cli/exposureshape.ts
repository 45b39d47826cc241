import { z } from 'zod';

/** What a plane says of an incident: short, whole, and with proofs. */
const personShape = z.object({ id: z.string(), name: z.string().nullable() });
export const summaryShape = z.object({
  grant: z.string(),
  operator: personShape,
  state: z.string(),
  emergency: z.boolean(),
  firstShownAt: z.string(),
  lastShownAt: z.string(),
  items: z.array(
    z.object({
      item: z.string(),
      channel: z.string(),
      digest: z.string(),
      kept: z.number(),
      shown: z.array(z.number()),
    }),
  ),
});
export type Summary = z.infer<typeof summaryShape>;

export const exposureShape = summaryShape.extend({
  trail: z.array(
    z.object({
      index: z.number(),
      leafHash: z.string(),
      kind: z.string(),
      at: z.string(),
      actor: personShape.nullable(),
      entry: z.string(),
    }),
  ),
});
export type Exposure = z.infer<typeof exposureShape>;

export const provenShape = exposureShape.extend({
  format: z.string(),
  plane: z.string(),
  proofs: z.array(z.object({ index: z.number(), proof: z.string() })),
});
export type ProvenExposure = z.infer<typeof provenShape>;
