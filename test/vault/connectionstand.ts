import assert from 'node:assert/strict';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from './api.ts';
import type { Answer, Asked, TestAccount, TestApi } from './api.ts';
import { openTarget } from './target.ts';
import type { Target } from './target.ts';

export const CARD = '4111111111111111';
const uuid = { shape: { kind: 'uuid' }, deterministic: true } as const;
const TABLES = [
  {
    name: 'cards',
    columns: [
      {
        name: 'number',
        type: 'string' as const,
        unique: true,
        tokens: [uuid],
        mask: { find: '^.*(.{4})$', replace: '****${1}' },
      },
      { name: 'holder', type: 'string' as const, tokens: [uuid] },
      { name: 'cvv', type: 'string' as const, tokens: [{ ...uuid, deterministic: false }] },
      { name: 'limit', type: 'int32' as const, tokens: [uuid] },
      { name: 'note', type: 'string' as const },
    ],
  },
];
export const POLICIES = `
apiVersion: privet/v1
kind: VaultPolicy
name: pay-through-psp
vault: shop
roles: [CONNECTION_INVOKER]
rules:
  - rule: ALLOW DETOKENIZATION ON cards.number, cards.limit WITH REDACTION = PLAIN_TEXT
    when: request.connection == "psp"
  - rule: ALLOW CREATE, UPDATE, TOKENIZATION ON cards.*
    when: request.connection == "psp"
`;
export const PAY = {
  path: '/v1/pay',
  method: 'POST',
  contentType: 'JSON',
  requestBody: [{ action: 'DETOKENIZATION', fieldName: 'card.number', redaction: 'PLAIN_TEXT' }],
};

/** A vault of cards, a third party, and who may call it through the connection `psp`. */
export type ConnectionStand = {
  readonly api: TestApi;
  readonly target: Target;
  readonly owner: TestAccount;
  readonly shop: TestAccount;
  readonly stranger: TestAccount;
  /** Of a card that is in the vault. */
  readonly token: string;
  readonly as: (account: TestAccount, call: Asked) => Promise<Answer>;
  /** A connection to the target, as it is or with a document of its own; gives its id. */
  readonly connect: (document?: object, place?: Place) => Promise<string>;
  readonly document: (more?: object) => object;
  readonly call: (id: string, asked?: Partial<Asked>) => Promise<Answer>;
  readonly drop: (id: string, place?: Place) => Promise<void>;
  /** As it was before: no connections, the policies of the beginning, and a target that says nothing. */
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
};
type Place = 'outboundRoutes' | 'inboundRoutes';

export async function openConnectionStand(cluster: TestCluster): Promise<ConnectionStand> {
  const api = await openTestApi(cluster, { name: 'shop', description: '', tables: TABLES });
  const target = await openTarget('psp.example');
  api.names.set('psp.example', ['127.0.0.1']);
  const owner = api.account('owner', {}, ['data-owner', 'user-admin']);
  const [shop, stranger] = [api.account('shop'), api.account('stranger')];
  api.role('VAULT_OWNER', [owner]);
  api.role('CONNECTION_INVOKER', [shop]);
  api.govern({ policies: POLICIES });
  const bearer = await api.bearer(shop);
  const way = { workload: 'connections', purpose: 'connection', host: target.host };
  const rule = { ...way, port: target.port, networks: ['loopback'], expiresAtMs: null };
  await api.egress.rules.add(rule, { kind: 'plane' });
  const as = (account: TestAccount, call: Asked) => api.ask(account.apiKey, call);
  const made = await as(owner, {
    method: 'POST',
    path: `/v1/vaults/${api.schema.id}/cards`,
    body: {
      records: [{ fields: { number: CARD, holder: 'Ada Invented', limit: 500 } }],
      tokenization: true,
    },
  });
  const document = (more: object = {}) => ({
    name: 'psp',
    vaultID: api.schema.id,
    baseURL: `${target.origin}/api/`,
    authMode: 'NOAUTH',
    authority: target.authorityPem,
    routes: [PAY],
    ...more,
  });
  return {
    api,
    target,
    owner,
    shop,
    stranger,
    token: made.body.records[0].tokens.number,
    as,
    document,
    async connect(more, place = 'outboundRoutes') {
      const path = `/v1/gateway/${place}`;
      const answer = await as(owner, { method: 'POST', path, body: document(more) });
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      return answer.body.ID;
    },
    call: (id, { path = '/v1/pay', ...asked } = {}) =>
      api.ask(null, {
        method: 'POST',
        ...asked,
        path: `/v1/gateway/outboundRoutes/${id}${path}`,
        headers: { 'x-skyflow-authorization': bearer, ...asked.headers },
      }),
    async drop(id, place = 'outboundRoutes') {
      const gone = await as(owner, { method: 'DELETE', path: `/v1/gateway/${place}/${id}` });
      assert.equal(gone.status, 200);
    },
    async clear() {
      await api.test.query('delete from vault.connection');
      api.govern({ policies: POLICIES });
      target.answer((_got, reply) => void reply.end());
    },
    async close() {
      await target.close();
      await api.close();
    },
  };
}
