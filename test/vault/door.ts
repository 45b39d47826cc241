import { once } from 'node:events';
import { connect } from 'node:net';
import { Client } from 'pg';
import type { CustomTypesConfig, QueryArrayConfig, QueryArrayResult } from 'pg';
import { accessViewOf, openGateway } from '#plane/gateway';
import type { AccessView, Gateway } from '#plane/gateway';
import { vaultDoor } from '#plane/vaultapi';
import { createMetrics, silentLog } from '#platform/telemetry';
import { PASSWORD, testSettings, verifierFor } from '../../src/plane/gateway/testgateway.ts';
import type { TestApi } from './api.ts';

/** The SQL gateway before the vaults of a test API. */
export type TestDoor = {
  readonly gateway: Gateway;
  readonly url: (account: string, database?: string) => string;
  /** Rows of a statement as texts, asked by that account over a connection of its own. */
  readonly rows: (account: string, query: QueryArrayConfig | string) => Promise<QueryArrayResult>;
  readonly close: () => Promise<void>;
};

const verifier = verifierFor(PASSWORD);
const NEVER_MS = 4_000_000_000_000;

export async function openTestDoor(api: TestApi): Promise<TestDoor> {
  const access = (): AccessView | null => {
    const bundle = api.room.access()?.bundle;
    if (bundle === undefined) return null;
    const view = accessViewOf(bundle, NEVER_MS);
    const subject: AccessView['subject'] = (name) => {
      const found = view.subject(name);
      return found === undefined ? undefined : { ...found, password: verifier };
    };
    return { ...view, subject };
  };
  const gateway = await openGateway({
    settings: testSettings,
    certificate: null,
    ports: {
      access,
      sources: {
        system: () => Promise.resolve(undefined),
        address: () => Promise.reject(new Error('no system')),
        install: () => Promise.resolve(new Map()),
      },
      vaults: vaultDoor(api.room),
      connect: async (place) => {
        const socket = connect(place);
        await once(socket, 'connect');
        return socket;
      },
      maskKey: () => Promise.reject(new Error('no mask')),
      record: async (leaf) => {
        await api.test.ledger.write(leaf);
      },
      tell: () => undefined,
      clock: api.room.clock,
      random: api.room.random,
      log: silentLog(),
      metrics: createMetrics(),
    },
  });
  const url = (account: string, database = api.schema.name) =>
    `postgresql://${account}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${gateway.address.port}/${database}`;
  return {
    gateway,
    url,
    async rows(account, query) {
      const client = new Client({ connectionString: url(account) });
      await client.connect();
      try {
        const asked = typeof query === 'string' ? { text: query } : query;
        return await client.query({ types: TEXTS, ...asked, rowMode: 'array' });
      } finally {
        await client.end();
      }
    },
    close: () => gateway.close(),
  };
}

/** Cells as the server wrote them. */
const TEXTS = { getTypeParser: () => (text: string) => text } as CustomTypesConfig;
