/**
 * PostgreSQL's wire protocol 3.0 to 3.2 without I/O: bytes in, messages out, messages in, bytes out. Framing, start-up,
 * SCRAM-SHA-256(-PLUS) on both sides, the log-in state machine, and the messages of either side. Not here: sockets,
 * TLS, hashes (by argument), what a statement means. The format is chapter 55 of PostgreSQL's documentation.
 */
export { BACKEND_BYTES_MAX } from './limits.ts';
export { backendTag, frontendTag } from './tags.ts';
export { createFramer } from './framer.ts';
export type { Frame, Framer, Framing } from './framer.ts';
export { bodyAt, createRunFramer, messageAt, tagAt } from './run.ts';
export type { Run, RunFramer } from './run.ts';
export { decodeStartup, encodeCancelRequest, encodeSslRequest, encodeStartup } from './startup.ts';
export type { StartupPacket } from './startup.ts';
export { decodeFrontend, encodeFrontend, encodePassword } from './frontend.ts';
export type {
  BindMessage,
  ForwardableMessage,
  FrontendMessage,
  ParseMessage,
  Target,
} from './frontend.ts';
export { reply } from './backend.ts';
export type { Field, Report, TransactionStatus } from './backend.ts';
export { answer } from './answer.ts';
export type { AuthenticationRequest } from './answer.ts';
export { mechanismsFor } from './scram.ts';
export type { ChannelBinding, ScramHashes, ScramVerifier } from './scram.ts';
export { wrongPassword } from './scramserver.ts';
export type { Authenticated } from './scramserver.ts';
export { checkServer, proveScram, startScram } from './scramclient.ts';
export type { ScramClient, ScramClientHashes } from './scramclient.ts';
export { loginFraming, opening, secured, stepLogin } from './login.ts';
export type { LoginPort, LoginState, LoginStep, Startup } from './login.ts';
