import { unreachable } from '#base/assert';
import type { Id } from '#base/ids';
import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { momentOf, recordAct } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { webhookKey } from '#platform/http';
import { channelSettingsShape } from './channelsettings.ts';
import type { ChannelKind, ChannelSettings } from './channelsettings.ts';
import { openSecret, sealSecret } from './seal.ts';
import type { SecretKeys } from './seal.ts';

const INSERT = statement(import.meta.url, 'sql/insert-channel.sql');
const LIST = statement(import.meta.url, 'sql/list-channels.sql');
const CHANGE = statement(import.meta.url, 'sql/change-channel.sql');
const SET_SECRET = statement(import.meta.url, 'sql/set-channel-secret.sql');
const READ_SECRET = statement(import.meta.url, 'sql/read-channel-secret.sql');
const DELETE = statement(import.meta.url, 'sql/delete-channel.sql');
const NOTE = statement(import.meta.url, 'sql/note-channel.sql');

/** More than any company has rooms to be told in; bounds what one incident can send. */
const CHANNELS_MAX = 200;
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/u;

export type ChannelState = 'active' | 'paused';

/** Somewhere alerts go; its secret can be set and never read. */
export type Channel = {
  readonly id: Id<'chn'>;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly settings: ChannelSettings;
  readonly state: ChannelState;
  readonly secretSetAt: string;
  readonly secretSetBy: string;
  readonly lastSentAt: string | null;
  readonly lastFailedAt: string | null;
  readonly lastFailure: string | null;
};

export type ChannelSpec = {
  readonly name: string;
  readonly settings: ChannelSettings;
  readonly secret: Secret;
};

/** Adds a channel; throws `conflict` when the name is taken, `invalid` for a secret of another form than its kind takes. */
export async function addChannel(work: Work, keys: SecretKeys, spec: ChannelSpec): Promise<void> {
  const name = channelName(spec.name);
  checkSecret(spec.settings, spec.secret);
  if ((await listChannels(work.tx)).length >= CHANNELS_MAX) {
    throw new Problem('limit', `channels expected at most ${CHANNELS_MAX}`);
  }
  const id = newId('chn', work);
  const row = [id, name, spec.settings.kind, JSON.stringify(spec.settings), momentOf(work)];
  const { rowCount } = await work.tx.query(INSERT, row);
  if (rowCount === 0) throw new Problem('conflict', `a channel is called \`${name}\` already`);
  await putSecret(work, keys, { id, version: 1, secret: spec.secret });
  await recordAct(work, { action: 'setting-changed', target: `channel ${name}` });
}

export type ChannelChange = {
  readonly settings?: ChannelSettings | undefined;
  readonly secret?: Secret | undefined;
  readonly state?: ChannelState | undefined;
};

/** Changes what is given; a secret given anew is sealed under a new data key. Throws `not-found`. */
export async function changeChannel(
  work: Work,
  keys: SecretKeys,
  { name, change }: { readonly name: string; readonly change: ChannelChange },
): Promise<void> {
  const channel = await findChannel(work.tx, name);
  const settings = change.settings ?? channel.settings;
  if (settings.kind !== channel.kind) {
    throw new Problem(
      'invalid',
      `channel \`${name}\` is of kind \`${channel.kind}\` and stays so`,
      {
        hint: 'add another channel, and remove this one',
      },
    );
  }
  if (change.secret !== undefined) checkSecret(settings, change.secret);
  requireSecretAgain(channel.settings, settings, change.secret !== undefined);
  const { rows } = await work.tx.query<{ secret_version: number }>(CHANGE, [
    channel.id,
    JSON.stringify(settings),
    change.state ?? channel.state,
  ]);
  if (change.secret !== undefined) {
    const version = (rows[0]?.secret_version ?? 0) + 1;
    await putSecret(work, keys, { id: channel.id, version, secret: change.secret });
  }
  await recordAct(work, { action: 'setting-changed', target: `channel ${channel.name}` });
}

/** Forgets a channel with its secret and what waits for it. */
export async function removeChannel(work: Work, name: string): Promise<void> {
  const channel = await findChannel(work.tx, name);
  await work.tx.query(DELETE, [channel.id]);
  await recordAct(work, { action: 'setting-changed', target: `channel ${channel.name}` });
}

/** Every channel, by name. */
export async function listChannels(tx: Queryable): Promise<readonly Channel[]> {
  const { rows } = await tx.query<ChannelRow>(LIST);
  return rows.map(channelOf);
}

/** The channel of that name; throws `not-found`. */
export async function findChannel(tx: Queryable, name: string): Promise<Channel> {
  const found = (await listChannels(tx)).find((channel) => channel.name === name);
  if (found !== undefined) return found;
  throw new Problem('not-found', `no channel is called \`${name.slice(0, 64)}\``, {
    hint: '`privet observe channels list` shows them all',
  });
}

/** The secret of a channel, for whoever sends; nothing that answers requests calls this. */
export async function channelSecret(tx: Queryable, keys: SecretKeys, id: string): Promise<Secret> {
  const { rows } = await tx.query<SecretRow>(READ_SECRET, [id]);
  const row = rows[0];
  if (row?.secret_key == null || row.secret_sealed === null) {
    throw new Problem('not-found', 'the channel has no secret');
  }
  const sealed = { wrappedKey: row.secret_key, sealed: row.secret_sealed };
  return openSecret(keys, sealed, { channel: id, version: row.secret_version });
}

/** Writes down how the last message to a channel went; `code` is null when it arrived. */
export async function noteChannel(
  tx: Queryable,
  id: string,
  said: { readonly nowMs: number; readonly code: string | null },
): Promise<void> {
  await tx.query(NOTE, [id, new Date(said.nowMs), said.code]);
}

type NewSecret = { readonly id: string; readonly version: number; readonly secret: Secret };

async function putSecret(work: Work, keys: SecretKeys, given: NewSecret): Promise<void> {
  const place = { channel: given.id, version: given.version };
  const { wrappedKey, sealed } = await sealSecret(
    { keys, random: work.random },
    given.secret,
    place,
  );
  await work.tx.query(SET_SECRET, [
    given.id,
    given.version,
    Buffer.from(wrappedKey),
    Buffer.from(sealed),
    momentOf(work),
    work.actor.name,
  ]);
}

/**
 * Whoever may change where a channel sends must know its secret: otherwise somebody who may only point it elsewhere
 * would be sent a secret that was never theirs to read.
 */
function requireSecretAgain(before: ChannelSettings, after: ChannelSettings, given: boolean): void {
  if (given || receiverOf(before) === receiverOf(after)) return;
  throw new Problem('invalid', 'a channel that is to send elsewhere needs its secret again', {
    hint: 'give the secret of the new receiver with the change',
  });
}

function receiverOf(settings: ChannelSettings): string {
  const { authorityPem } = settings;
  switch (settings.kind) {
    case 'pagerduty':
    case 'opsgenie':
      return JSON.stringify([settings.origin, authorityPem]);
    case 'email':
      return JSON.stringify([settings.host, settings.port, settings.security, authorityPem]);
    case 'webhook':
    case 'slack':
    case 'teams':
      // Slack and Teams: the address is the secret. Webhook: the key signs and is never sent.
      return JSON.stringify([authorityPem]);
    default:
      return unreachable(settings);
  }
}

function checkSecret(settings: ChannelSettings, value: Secret): void {
  const text = value.reveal();
  if (settings.kind === 'webhook') {
    webhookKey(value);
    return;
  }
  if (settings.kind === 'slack' || settings.kind === 'teams') {
    if (URL.parse(text)?.protocol === 'https:') return;
    throw new Problem(
      'invalid',
      `the secret of a ${settings.kind} channel expected an https address`,
    );
  }
  // Both end up in a header or a line of a protocol.
  if (/^[\x21-\x7e]{8,256}$/u.test(text) || settings.kind === 'email') return;
  throw new Problem(
    'invalid',
    `the secret of a ${settings.kind} channel expected 8 to 256 characters`,
  );
}

function channelName(text: string): string {
  if (NAME.test(text)) return text;
  throw new Problem('invalid', 'channel name expected 1 to 63 of `a-z 0-9 . _ -`');
}

type SecretRow = {
  readonly secret_version: number;
  readonly secret_key: Buffer | null;
  readonly secret_sealed: Buffer | null;
};

type ChannelRow = {
  readonly id: Id<'chn'>;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly settings: unknown;
  readonly state: ChannelState;
  readonly secret_set_at: Date;
  readonly secret_set_by: string;
  readonly last_sent_at: Date | null;
  readonly last_failed_at: Date | null;
  readonly last_failure: string | null;
};

function channelOf(row: ChannelRow): Channel {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    settings: channelSettingsShape.parse(row.settings),
    state: row.state,
    secretSetAt: row.secret_set_at.toISOString(),
    secretSetBy: row.secret_set_by,
    lastSentAt: row.last_sent_at?.toISOString() ?? null,
    lastFailedAt: row.last_failed_at?.toISOString() ?? null,
    lastFailure: row.last_failure,
  };
}
