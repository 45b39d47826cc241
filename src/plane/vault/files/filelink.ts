import type { Json } from '#base/canonical';
import { base64url, fromBase64, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { CELL_OVERHEAD_BYTES } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import type { RulingOf, VaultCaller } from '../caller.ts';
import { fileOf, revealFile } from './files.ts';
import type { DownloadRequest, FilePlace, OpenFile } from './files.ts';
import type { VaultGround } from '../ground.ts';
import { LINK_SECONDS_MAX } from '../limits.ts';
import { columnOf, tableOf } from '../schema/schema.ts';
import type { VaultSchema } from '../schema/schema.ts';
import { openUnderIndex, sealUnderIndex } from '../keys/indexseal.ts';
import { indexKey } from '../keys/vaultkeys.ts';

/** Who made a link. */
export type LinkMaker = {
  readonly caller: VaultCaller;
  /** What else a decision about them hangs on: kept for whoever decides, and not looked at here. */
  readonly asker: Json;
};

export type LinkRequest = DownloadRequest &
  Pick<LinkMaker, 'asker'> & { readonly ttlSeconds: number };

/** Decides what the maker of a link may read now; throws where it may do nothing any more. */
export type DecideLink = (maker: LinkMaker, vault: VaultSchema) => RulingOf;

/** What a link says, sealed: what its maker said of itself is for nobody who is given it. */
type Link = FilePlace &
  LinkMaker & {
    /** The file it is for, and no later one in its place. */
    readonly blob: string;
    readonly expiresAtMs: number;
  };

/**
 * A link that gives one file to whoever has it, until it expires or its maker may not see the file any more: a text for an
 * URL. Throws `denied` when the caller may not see the file itself.
 */
export async function linkFile(ground: VaultGround, request: LinkRequest): Promise<string> {
  const { ports, schemas } = ground;
  const { caller, asker, record, ttlSeconds } = request;
  if (!(ttlSeconds >= 1 && ttlSeconds <= LINK_SECONDS_MAX)) {
    throw new Problem(
      'invalid',
      `link expected 1 to ${LINK_SECONDS_MAX} seconds, got ${ttlSeconds}`,
    );
  }
  const expiresAtMs = ports.clock() + ttlSeconds * 1_000;
  const { blob } = await revealFile(ground, request); // a reveal like any other: it is told, and counts
  const vault = await schemas.get(request.vault);
  const table = tableOf(vault, request.table);
  const link: Link = {
    vault: vault.id,
    table: table.id,
    record,
    column: columnOf(table, request.column).id,
    blob,
    caller,
    asker,
    expiresAtMs,
  };
  const index = await indexKey(ports.keyring, vault);
  const plaintext = utf8(JSON.stringify(link));
  const { random } = ports;
  return base64url(sealUnderIndex(index, { plaintext, associated: associatedOf(vault), random }));
}

/**
 * The file behind a link, as far as its maker may see it now. Throws `not-found` for what is no link of ours, also where there
 * is no such vault; `expired` when its time is over, `gone` when another file is in its place.
 */
export async function openLink(
  ground: VaultGround,
  given: { readonly vault: string; readonly link: string },
  decide: DecideLink,
): Promise<OpenFile> {
  const { ports } = ground;
  const vault = await vaultOf(ground, given.vault);
  const link = opened(await indexKey(ports.keyring, vault), vault, given.link);
  if (link.expiresAtMs <= ports.clock()) {
    throw new Problem('expired', 'this link is no longer good', { hint: 'ask for another one' });
  }
  const ruling = decide({ caller: link.caller, asker: link.asker }, vault);
  return fileOf(ground, await revealFile(ground, { ...link, ruling }));
}

async function vaultOf({ schemas }: VaultGround, id: string): Promise<VaultSchema> {
  try {
    return await schemas.get(id);
  } catch (thrown) {
    throw thrown instanceof Problem && thrown.code === 'not-found' ? noLink() : thrown;
  }
}

function opened(index: MaskKey, vault: VaultSchema, text: string): Link {
  const sealed = fromBase64(text);
  if (sealed.length <= CELL_OVERHEAD_BYTES) throw noLink();
  try {
    return JSON.parse(textOf(openUnderIndex(index, sealed, associatedOf(vault)))) as Link;
  } catch (thrown) {
    throw thrown instanceof Problem && thrown.code === 'corrupt' ? noLink() : thrown;
  }
}

function associatedOf(vault: VaultSchema): Uint8Array {
  return utf8(`privet/vault/file-link/v2\n${vault.id}`);
}

function noLink(): Problem {
  return new Problem('not-found', 'this link was not made here');
}
