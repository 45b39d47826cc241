import { z } from 'zod';

/** Addresses of people that one channel writes to. */
const RECIPIENTS_MAX = 50;
const CERTIFICATE_BYTES_MAX = 64 * 1024;

const origin = z
  .url({ protocol: /^https$/u, error: 'expected an https address' })
  .max(500)
  .refine((text) => URL.parse(text)?.username === '' && URL.parse(text)?.password === '', {
    message: 'expected no credentials in the address; the secret has its own place',
  });
const address = z.email().max(254);
const common = {
  /** Authorities to believe beside the system's, for receivers inside the company. */
  authorityPem: z.string().max(CERTIFICATE_BYTES_MAX).nullable().default(null),
  /** `ids`: no names of tables, columns or people, for rooms more people read than may know them. */
  shows: z.enum(['names', 'ids']).default('names'),
};

/** What a channel is told by, without its secret; the secret's meaning is beside each kind. */
export const channelSettingsShape = z.discriminatedUnion('kind', [
  /** Secret: the address of an incoming webhook. */
  z.strictObject({ kind: z.literal('slack'), ...common }),
  /** Secret: the address of a Workflows webhook. */
  z.strictObject({ kind: z.literal('teams'), ...common }),
  /** Secret: the routing key of an Events API v2 integration. */
  z.strictObject({
    kind: z.literal('pagerduty'),
    origin: origin.default('https://events.pagerduty.com'),
    ...common,
  }),
  /** Secret: the key of an API integration. */
  z.strictObject({
    kind: z.literal('opsgenie'),
    origin: origin.default('https://api.opsgenie.com'),
    ...common,
  }),
  /** Secret: the password of `user`. */
  z.strictObject({
    kind: z.literal('email'),
    host: z.string().regex(/^[A-Za-z0-9.-]{1,253}$/u, 'expected a host name'),
    port: z.number().int().min(1).max(65_535).default(465),
    /** `starttls` insists on it: a server that does not offer TLS is told nothing. */
    security: z.enum(['tls', 'starttls']).default('tls'),
    user: z.string().min(1).max(254),
    from: address,
    to: z.array(address).min(1).max(RECIPIENTS_MAX),
    ...common,
  }),
  /** Secret: the signing key, `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks). */
  z.strictObject({ kind: z.literal('webhook'), url: origin, ...common }),
]);
export type ChannelSettings = z.infer<typeof channelSettingsShape>;
export type ChannelKind = ChannelSettings['kind'];
export type SettingsOf<K extends ChannelKind> = Extract<ChannelSettings, { kind: K }>;
