import { base64url, equalConstantTime, fromBase64, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { fullDigest } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import type { RulingOf, VaultCaller } from './caller.ts';
import { downloadFile } from './files.ts';
import type { FilePlace, OpenFile } from './files.ts';
import type { VaultGround } from './ground.ts';
import { LINK_SECONDS_MAX } from './limits.ts';
import { tableOf } from './schema.ts';
import { indexKey } from './vaultkeys.ts';

/** What a link says; the code behind it makes it true. */
type Link = FilePlace & {
  readonly actor: VaultCaller['actor'];
  readonly session: string | null;
  readonly purpose: string | null;
  readonly decision: string;
  readonly expiresAtMs: number;
};

/**
 * A link that gives the file to whoever has it, until it expires: a text for an URL, good for the record as it is then.
 * Throws `denied` when the caller may not see the file itself.
 */
export async function linkFile(
  ground: VaultGround,
  request: FilePlace & {
    readonly caller: VaultCaller;
    readonly ruling: RulingOf;
    readonly ttlSeconds: number;
  },
): Promise<string> {
  const { ports, schemas } = ground;
  const { caller, ttlSeconds, ruling, ...rest } = request;
  if (!(ttlSeconds >= 1 && ttlSeconds <= LINK_SECONDS_MAX)) {
    throw new Problem(
      'invalid',
      `link expected 1 to ${LINK_SECONDS_MAX} seconds, got ${ttlSeconds}`,
    );
  }
  const vault = await schemas.get(request.vault);
  const table = tableOf(vault, request.table);
  const column = table.columns.find(
    ({ name, id }) => name === request.column || id === request.column,
  );
  const decision = ruling(table);
  const link: Link = {
    vault: vault.id,
    table: table.id,
    record: rest.record,
    column: column?.id ?? '',
    actor: caller.actor,
    session: caller.session,
    purpose: caller.purpose,
    decision: decision.id,
    expiresAtMs: ports.clock() + ttlSeconds * 1_000,
  };
  await downloadFile(ground, request); // a reveal like any other: it is told, and counts
  const payload = utf8(JSON.stringify(link));
  const code = linkCode(await indexKey(ports.keyring, vault), payload);
  return `${base64url(payload)}.${base64url(code)}`;
}

/** The file behind a link; throws `not-found` for what is no link of ours, `expired` for one whose time is over. */
export async function openLink(
  ground: VaultGround,
  vaultId: string,
  text: string,
): Promise<OpenFile> {
  const { ports, schemas } = ground;
  const [payloadText = '', codeText = ''] = text.split('.');
  const payload = fromBase64(payloadText);
  const vault = await schemas.get(vaultId);
  const code = linkCode(await indexKey(ports.keyring, vault), payload);
  if (!equalConstantTime(code, fromBase64(codeText))) {
    throw new Problem('not-found', 'this link was not made here');
  }
  const link = JSON.parse(textOf(payload)) as Link;
  if (link.vault !== vault.id) throw new Problem('not-found', 'this link was not made here');
  if (link.expiresAtMs <= ports.clock()) {
    throw new Problem('expired', 'this link is no longer good', { hint: 'ask for another one' });
  }
  const { actor, session, purpose, decision } = link;
  const shows = (columnId: string) => (columnId === link.column ? 'PLAIN_TEXT' : null);
  const ruling = () => ({ id: decision, effect: 'allow', reads: [], shows }) as const;
  return downloadFile(ground, { ...link, caller: { actor, session, purpose }, ruling });
}

function linkCode(index: MaskKey, payload: Uint8Array): Uint8Array {
  return fullDigest(index, 'file-link', payload);
}
