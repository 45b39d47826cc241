/**
 * A program that knows Skyflow's SDK (v1, unmodified) and nothing of Privet: it runs every call of the SDK against the vault
 * that its environment names, and prints what came of each as JSON, one line. `test/long/skyflow.test.ts` starts it and
 * judges what it printed.
 */
import { readFileSync } from 'node:fs';
import * as sdk from 'skyflow-node';

const env = (name: string): string => process.env[name] ?? '';
const file = (name: string): string => readFileSync(env(name), 'utf8');
const { Skyflow } = sdk;
const { RedactionType } = Skyflow;

type Client = ReturnType<typeof Skyflow.init>;
type Options = Parameters<typeof sdk.generateBearerTokenFromCreds>[1];

function clientOf(credentials: string, options: Options = {}): Client {
  return Skyflow.init({
    vaultID: env('VAULT_ID'),
    vaultURL: env('VAULT_URL'),
    getBearerToken: async () =>
      (await sdk.generateBearerTokenFromCreds(credentials, options)).accessToken,
  });
}

// oxlint-disable-next-line typescript/no-explicit-any -- the SDK's own types are `any` for what comes back
type Answer = any;

/** What a call gave, or what it rejected with. */
async function settled(call: () => Promise<unknown>): Promise<Answer> {
  try {
    return { ok: await call() };
  } catch (thrown) {
    const { errors, error, records } = thrown as Answer;
    return { rejected: { errors, error, records, message: (thrown as Error).message } };
  }
}

const credentials = file('CREDENTIALS');
const owner = clientOf(credentials);
const support = clientOf(file('SUPPORT_CREDENTIALS'));
const seen: Record<string, Answer> = {};
const note = async (name: string, call: () => Promise<unknown>): Promise<Answer> => {
  seen[name] = await settled(call);
  return seen[name];
};
const table = 'persons';
const persons = (...fields: readonly object[]) => ({
  records: fields.map((one) => ({ table, fields: one })),
});

// 1: bearer tokens
await note('bearer', () => sdk.generateBearerToken(env('CREDENTIALS'), {}));
await note('bearerWithContext', () =>
  sdk.generateBearerTokenFromCreds(credentials, { ctx: 'user-7' }),
);
await note('bearerWithRole', () =>
  sdk.generateBearerTokenFromCreds(file('SUPPORT_CREDENTIALS'), { roleIDs: [env('SUPPORT_ROLE')] }),
);
await note('bearerForeignRole', () =>
  sdk.generateBearerTokenFromCreds(credentials, { roleIDs: [env('SUPPORT_ROLE')] }),
);
const wrong = { ...JSON.parse(credentials), keyID: 'key_00000000000000000000000000' };
await note('bearerWrongKey', () => sdk.generateBearerTokenFromCreds(JSON.stringify(wrong), {}));

// 2: insert
const inserted = await note('insert', () =>
  owner.insert(
    persons(
      { email: 'ada@example.invalid', ssn: '123-45-6789', region: 'EU', age: 36 },
      { email: 'bo@example.invalid', region: 'US', age: 7 },
    ),
  ),
);
const [ada, bo] = inserted.ok.records.map((one: Answer) => one.fields);
await note('insertWithoutTokens', () => owner.insert(persons({ region: 'EU' }), { tokens: false }));
const upsert = [{ table, column: 'email' }];
await note('upsertHit', () =>
  owner.insert(persons({ email: 'bo@example.invalid', age: 8 }), { upsert }),
);
await note('upsertMiss', () => owner.insert(persons({ email: 'cy@example.invalid' }), { upsert }));
await note('insertConflict', () => owner.insert(persons({ email: 'bo@example.invalid' })));
await note('continueOnError', () =>
  owner.insert(
    persons({ email: 'di@example.invalid' }, { email: 'bo@example.invalid' }, { nobody: 1 }),
    {
      continueOnError: true,
    },
  ),
);

// 3: detokenize
for (const redaction of [
  RedactionType.PLAIN_TEXT,
  RedactionType.MASKED,
  RedactionType.REDACTED,
  RedactionType.DEFAULT,
]) {
  await note(`detokenize ${redaction}`, () =>
    owner.detokenize({ records: [{ token: ada.email, redaction }] }),
  );
}
await note('detokenizeDefaultOfSdk', () => owner.detokenize({ records: [{ token: ada.ssn }] }));
await note('detokenizeMany', () =>
  owner.detokenize({ records: Array.from({ length: 50 }, () => ({ token: ada.email })) }),
);
await note('detokenizeOneBad', () =>
  owner.detokenize({ records: [{ token: ada.email }, { token: 'nobody' }] }),
);
await note('detokenizeAllBad', () => owner.detokenize({ records: [{ token: 'nobody' }] }));
await note('detokenizeMasked', () =>
  support.detokenize({ records: [{ token: ada.email, redaction: RedactionType.PLAIN_TEXT }] }),
);
await note('detokenizeDenied', () => support.detokenize({ records: [{ token: ada.ssn }] }));
const [signed] = await sdk.generateSignedDataTokensFromCreds(file('SIGNING_CREDENTIALS'), {
  dataTokens: [ada.email],
  timeToLive: 60,
});
await note('detokenizeSigned', () =>
  owner.detokenize({ records: [{ token: signed?.signedToken ?? '' }] }),
);
await note('detokenizeForeignSigned', () =>
  support.detokenize({ records: [{ token: signed?.signedToken ?? '' }] }),
);
const passing = await note('insertTransient', () => owner.insert(persons({ code: '0000' })));
const transient = passing.ok.records[0].fields.code;
await note('detokenizeTransient', () => owner.detokenize({ records: [{ token: transient }] }));
await new Promise((resolve) => setTimeout(resolve, 2_500));
await note('detokenizeTransientLater', () => owner.detokenize({ records: [{ token: transient }] }));

// 4: get
const ids = [ada.skyflow_id, bo.skyflow_id];
await note('getById', () =>
  owner.getById({ records: [{ ids, table, redaction: RedactionType.PLAIN_TEXT }] }),
);
await note('get', () => owner.get({ records: [{ ids, table, redaction: RedactionType.MASKED }] }));
await note('getByColumn', () =>
  owner.get({
    records: [
      {
        table,
        redaction: RedactionType.PLAIN_TEXT,
        columnName: 'email',
        columnValues: ['ada@example.invalid', 'cy@example.invalid'],
      },
    ],
  }),
);
await note('getTokens', () =>
  owner.get({ records: [{ ids: [ada.skyflow_id], table }] }, { tokens: true }),
);
await note('getUnknownTable', () =>
  owner.get({ records: [{ ids, table: 'nobody', redaction: RedactionType.PLAIN_TEXT }] }),
);
await note('getAsSupport', () =>
  support.get({ records: [{ ids, table, redaction: RedactionType.PLAIN_TEXT }] }),
);
const narrowed = clientOf(credentials, { roleIDs: [env('SUPPORT_ROLE')] });
await note('getNarrowed', () =>
  narrowed.get({ records: [{ ids, table, redaction: RedactionType.PLAIN_TEXT }] }),
);
await note('insertDenied', () => support.insert(persons({ region: 'EU' })));

// 5: update
const change = (id: string, fields: object) => ({ records: [{ id, table, fields }] });
await note('update', () => owner.update(change(bo.skyflow_id, { age: 9 }), { tokens: true }));
await note('updateWithoutTokens', () =>
  owner.update(change(bo.skyflow_id, { age: 10 }), { tokens: false }),
);
await note('updateUnknown', () =>
  owner.update(change('00000000-0000-4000-8000-000000000000', { age: 1 }), { tokens: true }),
);

// 6: delete
await note('delete', () => owner.delete({ records: [{ id: bo.skyflow_id, table }] }));
await note('deleteAgain', () => owner.delete({ records: [{ id: bo.skyflow_id, table }] }));

// 9: connections
const headers = (type: string) => ({ 'Content-Type': type, Authorization: 'Basic of-the-target' });
const connection = (
  path: string,
  type: string,
  more: Partial<Parameters<Client['invokeConnection']>[0]>,
): Parameters<Client['invokeConnection']>[0] => ({
  connectionURL: `${env('CONNECTION_URL')}${path}`,
  methodName: Skyflow.RequestMethod.POST,
  requestHeader: headers(type),
  ...more,
});
const paid = { person: { ssn: ada.ssn, note: 'as it is' }, amount: 12 };
await note('connectionJson', () =>
  owner.invokeConnection(
    connection('/v1/pay/{order}', 'application/json', {
      pathParams: { order: '4711' },
      queryParams: { currency: 'EUR' },
      requestBody: paid,
    }),
  ),
);
await note('connectionForm', () =>
  owner.invokeConnection(
    connection('/v1/form', 'application/x-www-form-urlencoded', { requestBody: paid }),
  ),
);
await note('connectionMultipart', () =>
  owner.invokeConnection(connection('/v1/parts', 'multipart/form-data', { requestBody: paid })),
);
await note('connectionGet', () =>
  owner.invokeConnection(
    connection('/v1/persons/{ssn}', 'application/json', {
      methodName: Skyflow.RequestMethod.GET,
      pathParams: { ssn: ada.ssn },
    }),
  ),
);
await note('connectionTargetError', () =>
  owner.invokeConnection(
    connection('/v1/declined', 'application/json', { requestBody: { person: { ssn: ada.ssn } } }),
  ),
);
await note('connectionUnknownToken', () =>
  owner.invokeConnection(
    connection('/v1/pay/{order}', 'application/json', {
      pathParams: { order: '4711' },
      requestBody: { person: { ssn: 'nobody' } },
    }),
  ),
);
await note('connectionDenied', () =>
  support.invokeConnection(
    connection('/v1/form', 'application/x-www-form-urlencoded', { requestBody: paid }),
  ),
);

process.stdout.write(`${JSON.stringify(seen)}\n`);
