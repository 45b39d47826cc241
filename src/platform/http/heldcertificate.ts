import { X509Certificate } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { Problem, problemFrom } from '#base/problem';
import { readCertificate } from './certificate.ts';
import type { ServerCertificate } from './certificate.ts';

/** A certificate that is read again when its files change. */
export type HeldCertificate = {
  current(): ServerCertificate;
  /** Calls back with each new one. */
  onChange(listener: (certificate: ServerCertificate) => void): void;
  /** Reads the files now. What cannot be used is told to `onFault`, and the one before stays. */
  reload(): void;
  /** Throws `expired` when it has ended, `invalid` when it has not begun. */
  check(): void;
  /** When it ends. */
  endsAtMs(): number;
  close(): void;
};

export type HeldOptions = {
  readonly chainFile: string;
  readonly keyFile: string;
  readonly clock: () => number;
  /** Told of files that cannot be used, and once a day that the end is near. */
  readonly onFault: (problem: Problem) => void;
  readonly onRenewed?: () => void;
  /** How often the files are looked at. */
  readonly everyMs?: number;
};

/** Files are looked at rather than watched: they may be links that are swapped, on file systems that tell nobody. */
const EVERY_MS = 5_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Long enough for a person to order another one. */
const WARNED_BEFORE_MS = 21 * DAY_MS;

/** Reads a certificate and its key; throws `invalid` when that fails now, and only now. */
export function holdCertificate(options: HeldOptions): HeldCertificate {
  const { chainFile, keyFile, clock, onFault } = options;
  const listeners: ((certificate: ServerCertificate) => void)[] = [];
  let held = readCertificate(options);
  let warnedAtMs = Number.NEGATIVE_INFINITY;
  const end = () => endOf(held);

  const warn = (): void => {
    const nowMs = clock();
    if (end() - nowMs > WARNED_BEFORE_MS || nowMs - warnedAtMs < DAY_MS) return;
    warnedAtMs = nowMs;
    onFault(ending(chainFile, end(), nowMs));
  };
  const reload = (): void => {
    try {
      const read = readCertificate(options);
      if (!isSame(read, held)) {
        held = read;
        warnedAtMs = Number.NEGATIVE_INFINITY;
        for (const listener of listeners) listener(held);
        options.onRenewed?.();
      }
    } catch (thrown) {
      // Two files are never replaced at one moment: the next look finds them fitting, or says so again.
      onFault(problemFrom(thrown));
    }
    warn();
  };

  const interval = options.everyMs ?? EVERY_MS;
  for (const file of [chainFile, keyFile]) watchFile(file, { interval, persistent: false }, reload);
  const timer = setInterval(warn, Math.max(interval, 60_000));
  timer.unref();
  warn();

  return {
    current: () => held,
    onChange: (listener) => void listeners.push(listener),
    reload,
    check() {
      const nowMs = clock();
      if (nowMs >= end()) throw ending(chainFile, end(), nowMs);
      if (nowMs < Date.parse(new X509Certificate(held.chainPem).validFrom)) {
        throw new Problem('invalid', 'the certificate has not begun yet', {
          hint: 'compare the clock of this machine',
        });
      }
    },
    endsAtMs: end,
    close() {
      clearInterval(timer);
      for (const file of [chainFile, keyFile]) unwatchFile(file, reload);
    },
  };
}

function isSame(left: ServerCertificate, right: ServerCertificate): boolean {
  return left.chainPem === right.chainPem && left.keyPem.reveal() === right.keyPem.reveal();
}

function endOf({ chainPem }: ServerCertificate): number {
  return Date.parse(new X509Certificate(chainPem).validTo);
}

function ending(file: string, endsAtMs: number, nowMs: number): Problem {
  const left = Math.floor((endsAtMs - nowMs) / DAY_MS);
  const when = new Date(endsAtMs).toISOString().slice(0, 16).replace('T', ' ');
  const hint = 'put a new one in its place: it is taken without a restart';
  return left < 0
    ? new Problem('expired', `certificate \`${file}\` ended at ${when} UTC`, { hint })
    : new Problem('expired', `certificate \`${file}\` ends in ${left} days, at ${when} UTC`, {
        hint,
      });
}
