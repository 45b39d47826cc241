import type { Secret } from '#base/secret';
import type { AlertContent } from './alertcontent.ts';

/** One request to a receiver; `url` may hold the secret, so it goes into no log and no error. */
export type ChannelRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Telling = {
  readonly content: AlertContent;
  readonly secret: Secret;
  /** When it is sent. */
  readonly nowMs: number;
};
