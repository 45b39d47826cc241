import { z } from 'zod';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import { callService, nearby, serviceRefused } from './servicecall.ts';
import type { ServiceLine } from './servicecall.ts';
import { tokenCache } from './tokencache.ts';

const IDENTITY = 'http://169.254.169.254/metadata/identity/oauth2/token';
const AUTHORITY = 'https://login.microsoftonline.com';

const clientShape = z.object({
  tenantId: z.string().regex(/^[A-Za-z0-9.-]{1,100}$/u),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  authority: z.url().default(AUTHORITY),
});
type Client = z.output<typeof clientShape>;

/** Seconds are a number from the one, a text from the other. */
const tokenShape = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number() });

/**
 * Access tokens for Azure: of the machine's managed identity, or by the client credentials in a file (JSON with
 * `tenantId`, `clientId`, `clientSecret`). `resource` is `https://vault.azure.net` or `https://managedhsm.azure.net`.
 */
export function azureToken(
  line: ServiceLine,
  wanted: { readonly resource: string; readonly file: (() => Promise<Secret>) | null },
  clock: () => number,
): () => Promise<Secret> {
  const { resource, file } = wanted;
  return tokenCache(async () => {
    const answer =
      file === null
        ? await callService(nearby(line), {
            method: 'GET',
            url: `${IDENTITY}?api-version=2018-02-01&resource=${encodeURIComponent(resource)}`,
            headers: { metadata: 'true' },
          })
        : await signIn(line, clientOf(await file()), resource);
    const parsed = tokenShape.safeParse(answer.body);
    if (!parsed.success)
      throw serviceRefused(line.name, `no access token: status ${answer.status}`);
    return { token: secret(parsed.data.access_token), seconds: parsed.data.expires_in };
  }, clock);
}

function signIn(line: ServiceLine, client: Client, resource: string) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client.clientId,
    client_secret: client.clientSecret,
    scope: `${resource}/.default`,
  });
  return callService(line, {
    method: 'POST',
    url: `${client.authority}/${client.tenantId}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
}

function clientOf(text: Secret): Client {
  try {
    return clientShape.parse(JSON.parse(text.reveal()));
  } catch {
    throw new Problem(
      'invalid',
      'credential file expected json with `tenantId`, `clientId` and `clientSecret`',
    );
  }
}
