import type { Problem } from '#base/problem';
import { holdCertificate } from './heldcertificate.ts';
import type { HeldCertificate } from './heldcertificate.ts';

/** What a program watches the certificates of its doors with. */
export type DoorWatch = {
  readonly clock: () => number;
  readonly log: {
    warn(message: string, details: { readonly door: string; readonly error: Problem }): void;
    info(message: string, details: { readonly door: string }): void;
  };
  readonly health: { add(kind: 'ready', name: string, check: () => void): void };
  /** Told when the certificate of a door ends, in seconds since 1970. */
  readonly gauge: { set(labels: { readonly door: string }, endsAtSeconds: number): void };
  readonly onReload: (listener: () => void) => void;
};

/** The certificate of a door: taken anew when its files change or when asked to, shown by health, metrics and log. */
export function doorCertificate(
  watch: DoorWatch,
  door: string,
  files: { readonly chainFile: string; readonly keyFile: string },
): HeldCertificate {
  const { clock, log, health, gauge } = watch;
  const measure = () => gauge.set({ door }, held.endsAtMs() / 1000);
  const held = holdCertificate({
    ...files,
    clock,
    onFault: (error) => log.warn('certificate fault', { door, error }),
    onRenewed: () => log.info('certificate renewed', { door }),
  });
  watch.onReload(() => held.reload());
  health.add('ready', `certificate-${door}`, () => held.check());
  measure();
  held.onChange(measure);
  return held;
}
