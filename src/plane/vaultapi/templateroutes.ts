import { z } from 'zod';
import { Problem } from '#base/problem';
import { DATATYPES, TEMPLATES } from '#plane/vault';
import { permission, vaultRoute } from './route.ts';
import { word } from './shape.ts';

const READERS = permission('data-owner', 'operator', 'governor', 'auditor');

type TemplateName = keyof typeof TEMPLATES;
export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as [TemplateName, ...TemplateName[]];

const templateShape = z.object({ ID: z.string(), tables: z.array(z.unknown()) });

/** The tables of a template; throws `not-found` with the names there are. */
export function templateOf(name: string): (typeof TEMPLATES)[TemplateName] {
  const known = TEMPLATE_NAMES.find((one) => one === name);
  if (known !== undefined) return TEMPLATES[known];
  throw new Problem('not-found', `no template is called \`${name.slice(0, 63)}\``, {
    hint: `one of: ${TEMPLATE_NAMES.join(', ')}`,
  });
}

/** What vaults are made from. */
export const templateRoutes = [
  vaultRoute({
    method: 'GET',
    path: '/v1/vault-templates',
    operation: 'listVaultTemplates',
    need: READERS,
    summary: 'List the templates vaults can be made from',
    answers: z.object({ vaultTemplates: z.array(templateShape) }),
    handle: async () => ({
      vaultTemplates: TEMPLATE_NAMES.map((name) => ({ ID: name, tables: [...TEMPLATES[name]] })),
    }),
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vault-templates/:id',
    operation: 'getVaultTemplate',
    need: READERS,
    summary: 'Show a template',
    params: z.object({ id: word }),
    answers: z.object({ vaultTemplate: templateShape }),
    handle: async ({ params: { id } }) => ({
      vaultTemplate: { ID: id, tables: [...templateOf(id)] },
    }),
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/base-data-types',
    operation: 'listBaseDataTypes',
    need: READERS,
    summary: 'List the data types that a schema of Skyflow may name, with the type each is kept as',
    answers: z.object({
      baseDataTypes: z.array(z.object({ name: z.string(), type: z.string() })),
    }),
    handle: async () => ({
      baseDataTypes: Object.entries(DATATYPES).map(([name, type]) => ({ name, type })),
    }),
  }),
];
