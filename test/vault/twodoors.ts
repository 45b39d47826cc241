import type { TestAccount, TestApi } from './api.ts';
import type { TestDoor } from './door.ts';
import { Client } from 'pg';

/** An answer as texts, rows in no order; or that it was refused. */
export type Told =
  | { readonly kind: 'rows'; readonly rows: readonly (readonly (string | null)[])[] }
  | { readonly kind: 'refused'; readonly why: 'denied' | 'unknown' | 'other' };

const BOOLEAN = 16;

export function sorted(rows: readonly (readonly (string | null)[])[]): Told {
  const byText = rows.map((row) => ({ row, text: JSON.stringify(row) }));
  return {
    kind: 'rows',
    rows: byText.toSorted((one, two) => (one.text < two.text ? -1 : 1)).map(({ row }) => row),
  };
}

/** What the vault's API says. */
export async function toldByApi(
  api: TestApi,
  asker: TestAccount,
  { vault, query }: { readonly vault: string; readonly query: string },
): Promise<Told> {
  const path = `/v1/vaults/${vault}/query`;
  const { status, body } = await api.ask(asker.apiKey, { method: 'POST', path, body: { query } });
  if (status === 403) return { kind: 'refused', why: 'denied' };
  if (status === 404) return { kind: 'refused', why: 'unknown' };
  if (status !== 200) return { kind: 'refused', why: 'other' };
  return sorted(
    body.records.map(({ fields }: { fields: Record<string, string | number | boolean | null> }) =>
      Object.values(fields).map((value) => (value === null ? null : String(value))),
    ),
  );
}

/** One connection at the SQL gateway. */
export type Asking = {
  readonly told: (query: string) => Promise<Told>;
  readonly close: () => Promise<void>;
};

export async function askAtGateway(
  door: TestDoor,
  account: string,
  vault: string,
): Promise<Asking> {
  const client = new Client({ connectionString: door.url(account, vault) });
  await client.connect();
  const types = { getTypeParser: () => (text: string) => text };
  return {
    async told(text) {
      try {
        const { fields, rows } = await client.query<(string | null)[]>({
          text,
          types,
          rowMode: 'array',
        });
        return sorted(
          rows.map((row) =>
            row.map((cell, i) => {
              if (cell === null || fields[i]?.dataTypeID !== BOOLEAN) return cell;
              return cell === 't' ? 'true' : 'false';
            }),
          ),
        );
      } catch (thrown) {
        const { code } = thrown as { code?: string };
        if (code === '42501') return { kind: 'refused', why: 'denied' };
        return { kind: 'refused', why: code === '42703' ? 'unknown' : 'other' };
      }
    },
    close: () => client.end(),
  };
}
