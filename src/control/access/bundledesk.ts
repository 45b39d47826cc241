import { Problem } from '#base/problem';
import { prepare } from '#engines/policy';
import type { PolicyView } from '#engines/policy';
import { signBundle } from '#boundary';
import type { Bundle, SignedBundle } from '#boundary';
import { CHANGE_CHANNEL, currentRevision } from '#control/identity';
import type { Office, SigningKey } from '#control/identity';
import { buildBundle, bundleStand } from './bundle.ts';
import type { BundleStand } from './bundle.ts';
import { TOOLS } from './digest.ts';
import { listenFor } from './listener.ts';
import type { Listener } from './listener.ts';

/** A bundle is good for a day; a new one this often keeps planes far from that when nothing changes. */
const BUNDLE_REISSUE_SECONDS = 60 * 60;
/** Acts alone (a sign-in, say) change no decision: planes get them for their ledger at this pace. */
const ACTS_PACE_SECONDS = 60;
/** Waiting planes look by themselves this often, so that a lost notification costs no more than this. */
const LOOK_MS = 1_000;
/** Bundles whose views are kept to explain what planes report: the newest, and the one before it. */
const BUNDLES_KEPT = 2;

/** A serial a plane may claim to hold; far from where counting on from it would lose precision. */
const SERIAL_MAX = 2 ** 50;

export type BundleDeskSettings = {
  readonly office: Office;
  /** Signs bundles and, in them, is what planes verify identity tokens with. */
  readonly key: SigningKey;
};

/** Where planes fetch their bundles. */
export type BundleDesk = {
  /**
   * The newest bundle of a plane when its serial is above `after`; waits up to `waitMs` for one and gives null when
   * there is none, or when `signal` says that nobody waits any more. The plane must be authenticated before.
   */
  next(
    plane: string,
    after: number,
    wait: { readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<SignedBundle | null>;
  /** The view planes decide with under that serial, or else the newest one; null before the first bundle. */
  view(plane: string, serial: number): PolicyView | null;
  /** The view of exactly that serial; null where it is not held any more. */
  viewOf(plane: string, serial: number): PolicyView | null;
  close(): Promise<void>;
};

type Held = { readonly serial: number; readonly bundle: Bundle; readonly view: () => PolicyView };
type Desk = {
  readonly settings: BundleDeskSettings;
  readonly signed: Map<string, { readonly serial: number; readonly bundle: SignedBundle }>;
  readonly held: Map<string, readonly Held[]>;
  readonly building: Map<string, Promise<void>>;
  readonly listener: Listener;
  closed: boolean;
};

/** Opens the desk; it keeps one connection of the pool to hear of changes. */
export function openBundleDesk(settings: BundleDeskSettings): BundleDesk {
  const desk: Desk = {
    settings,
    signed: new Map(),
    held: new Map(),
    building: new Map(),
    listener: listenFor(settings.office.pool, CHANGE_CHANNEL),
    closed: false,
  };
  return {
    next: (plane, after, wait) => nextBundle(desk, { plane, after }, wait),
    view: (plane, serial) => {
      const held = desk.held.get(plane) ?? [];
      return (held.find((one) => one.serial === serial) ?? held[0])?.view() ?? null;
    },
    viewOf: (plane, serial) =>
      desk.held
        .get(plane)
        ?.find((one) => one.serial === serial)
        ?.view() ?? null,
    close: async () => {
      desk.closed = true;
      await desk.listener.close();
    },
  };
}

type Wanted = { readonly plane: string; readonly after: number };

async function nextBundle(
  desk: Desk,
  wanted: Wanted,
  wait: { readonly waitMs: number; readonly signal?: AbortSignal },
): Promise<SignedBundle | null> {
  if (!Number.isInteger(wanted.after) || wanted.after < 0 || wanted.after > SERIAL_MAX) {
    throw new Problem('invalid', `\`after\` expected a serial up to ${SERIAL_MAX}`);
  }
  const until = performance.now() + wait.waitMs;
  for (;;) {
    // Before looking, so that a change between looking and waiting still wakes.
    const change = desk.listener.next();
    const newest = await newestBundle(desk, wanted);
    if (newest !== null) return newest;
    const left = until - performance.now();
    if (left <= 0 || desk.closed || wait.signal?.aborted === true) return null;
    await Promise.race([change, pause(Math.min(left, LOOK_MS), wait.signal)]);
  }
}

async function newestBundle(desk: Desk, wanted: Wanted): Promise<SignedBundle | null> {
  const { office } = desk.settings;
  const stand = await bundleStand(office.pool, wanted.plane);
  const now = await currentRevision(office.pool);
  const held = desk.signed.get(wanted.plane);
  const current = stand !== null && isCurrent(stand, now, office.clock());
  if (current && stand.serial === wanted.after) return null;
  // Anything else than the newest serial, held here, calls for a bundle: built elsewhere, or lost in a restart.
  if (!current || held?.serial !== stand.serial || wanted.after > stand.serial) {
    await buildOnce(desk, wanted);
  }
  const made = desk.signed.get(wanted.plane);
  return made !== undefined && made.serial > wanted.after ? made.bundle : null;
}

function isCurrent(
  stand: BundleStand,
  now: { readonly revision: number; readonly act: number },
  nowMs: number,
): boolean {
  const ageSeconds = (nowMs - stand.issuedAtMs) / 1_000;
  if (stand.revision < now.revision || ageSeconds >= BUNDLE_REISSUE_SECONDS) return false;
  return stand.act >= now.act || ageSeconds < ACTS_PACE_SECONDS;
}

/** Requests that come while a bundle is being built wait for that one and look again. */
async function buildOnce(desk: Desk, wanted: Wanted): Promise<void> {
  const running = desk.building.get(wanted.plane);
  if (running !== undefined) return running;
  const work = build(desk, wanted).finally(() => desk.building.delete(wanted.plane));
  desk.building.set(wanted.plane, work);
  return work;
}

async function build(desk: Desk, { plane, after }: Wanted): Promise<void> {
  const { office, key } = desk.settings;
  const { kid, publicKey } = key;
  const identityKeys = [{ kid, publicKey }];
  const bundle = await buildBundle(office, { plane, above: after, identityKeys });
  const signed = await signBundle(bundle, key).catch(unfit);
  desk.signed.set(plane, { serial: bundle.serial, bundle: signed });
  let view: PolicyView | undefined;
  const held = {
    serial: bundle.serial,
    bundle,
    view: () => (view ??= prepare(bundle, TOOLS)),
  };
  desk.held.set(plane, [held, ...(desk.held.get(plane) ?? [])].slice(0, BUNDLES_KEPT));
}

/** It is nothing the plane that asks did wrong: somebody must look, for planes go on with what they have. */
function unfit(cause: unknown): never {
  throw new Problem('internal', 'what control holds makes no bundle', { cause });
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
