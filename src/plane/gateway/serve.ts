import { Problem, problemFrom } from '#base/problem';
import {
  createFramer,
  decodeFrontend,
  encodeFrontend,
  type Frame,
  type FrontendMessage,
} from '#engines/pgwire';
import { bind, close, describe, execute, parse, refuseExtended, sync } from './extended.ts';
import { PIPELINE_MESSAGES_MAX } from './limits.ts';
import { refusalOf, refusalOfThrown } from './refusal.ts';
import type { Session } from './session.ts';
import { refuse, runQuery } from './simple.ts';
import { sqlState, sqlStateOf } from './sqlstate.ts';
import { createUpstreamWriter, type UpstreamWriter } from './upstream/upstreamwriter.ts';

/** Bytes a client may be ahead of the gateway before it is not read any more. */
const AHEAD_BYTES_MAX = 256 * 1024;

/** What the client sends, one message at a time. */
export type ClientInbox = {
  readonly push: (chunk: Uint8Array) => void;
  readonly close: () => void;
  /** Whether a message lies ready, so that the burst goes on. */
  readonly take: () => Frame | null;
  readonly more: () => Promise<boolean>;
};

/** An inbox that stops reading the client while it is ahead; `bytesMax` bounds one message. */
export function createClientInbox(
  bytesMax: number,
  socket: { pause(): void; resume(): void },
): ClientInbox {
  const framer = createFramer();
  let closed = false;
  // Whether bytes came since the last wait: a wait that missed them would wait for good.
  let fresh = false;
  let wake: () => void = () => undefined;
  return {
    push: (chunk) => {
      framer.push(chunk);
      fresh = true;
      if (framer.held() > AHEAD_BYTES_MAX) socket.pause();
      wake();
    },
    close: () => {
      closed = true;
      wake();
    },
    take: () => framer.next({ kind: 'message', bytesMax }),
    more: async () => {
      if (!closed && !fresh) {
        socket.resume();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      fresh = false;
      return !closed;
    },
  };
}

/** Serves a client until it leaves, breaks the protocol or is thrown out. */
export async function serve(session: Session, inbox: ClientInbox): Promise<void> {
  const upstream = createUpstreamWriter(session);
  try {
    while (!session.ended) {
      const frame = inbox.take();
      if (frame !== null) {
        const message = decodeFrontend(frame);
        if (message.kind === 'terminate') break;
        await handle(session, message, upstream);
        continue;
      }
      await upstream.flush();
      if (!(await inbox.more())) break;
    }
    session.end({ kind: 'quiet' });
  } catch (thrown) {
    const problem = problemFrom(thrown);
    session.end({ kind: 'fatal', problem, sqlState: sqlStateOf(problem.code) });
  }
}

async function handle(
  session: Session,
  message: FrontendMessage,
  upstream: UpstreamWriter,
): Promise<void> {
  session.lastActiveMs = session.ports.clock();
  if (session.replies.size() > PIPELINE_MESSAGES_MAX) await upstream.settle();
  // After an error the source skips to Sync; planning what it will skip would only cost.
  if (upstream.failing() && message.kind !== 'sync') return;
  session.handling = true;
  try {
    await dispatch(session, message, upstream);
  } catch (thrown) {
    const refusal = refusalOfThrown(thrown, session.ports.log);
    if (message.kind === 'query') await refuse(session, refusal, upstream);
    else refuseExtended(session, refusal, upstream);
  } finally {
    session.handling = false;
    session.cancelled = false;
  }
}

async function dispatch(
  session: Session,
  message: FrontendMessage,
  upstream: UpstreamWriter,
): Promise<void> {
  switch (message.kind) {
    case 'query':
      checkText(session, message.text);
      return runQuery(session, message.text, upstream);
    case 'parse':
      checkText(session, message.text);
      return parse(session, message, upstream);
    case 'bind':
      return bind(session, message, upstream);
    case 'describe':
      return describe(session, message, upstream);
    case 'execute':
      return execute(session, message, upstream);
    case 'close':
      return close(session, message, upstream);
    case 'sync':
      return sync(session, upstream);
    case 'flush':
      return upstream.write(encodeFrontend({ kind: 'flush' }));
    case 'function-call':
      return refuse(session, functionCallRefused(), upstream);
    case 'copy-data':
    case 'copy-done':
    case 'copy-fail':
    case 'terminate':
      // Left over from a COPY that failed: the source ignores them too (protocol 55.2.6).
      return undefined;
  }
}

function functionCallRefused(): ReturnType<typeof refusalOf> {
  const problem = new Problem('unsupported', 'fast-path function calls are not supported', {
    hint: 'call the function in a SELECT',
  });
  return refusalOf(problem, sqlState.featureNotSupported);
}

function checkText(session: Session, text: string): void {
  const bytes = Buffer.byteLength(text);
  const { statementBytesMax } = session.settings;
  if (bytes > statementBytesMax) {
    throw new Problem('limit', `statement of ${bytes} bytes, limit ${statementBytesMax}`, {
      hint: 'the operator can raise gateway.statementBytesMax',
    });
  }
}
