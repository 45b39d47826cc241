import { z } from 'zod';
import { group, secretSetting, setting } from '#platform/settings';

/** Everything about the plane program that can be set, beside what its parts declare. */
export const planeSettings = group(
  'plane',
  'The data plane: keys, credentials, decisions; beside the data.',
  {
    databaseUrl: secretSetting(
      'required',
      'Connection string of its own database; `privet up` makes one.',
    ),
    name: setting(z.string(), { fallback: 'main', doc: 'Its name, as control knows it.' }),
    listen: setting(z.string(), {
      fallback: '127.0.0.1:7081',
      doc: 'Address and port of its HTTPS API; `[::]:7081` for all addresses.',
    }),
    tlsCertificateFile: setting(z.string(), {
      fallback: '',
      doc: 'PEM file with the certificate chain of the API; `privet up` makes one from its own CA.',
    }),
    tlsKeyFile: setting(z.string(), {
      fallback: '',
      doc: 'PEM file with the private key of the certificate.',
    }),
    directory: setting(z.string(), {
      fallback: '',
      doc: 'Directory of the last bundle and the head of the ledger; `plane` in the home directory when empty.',
    }),
    controlUrl: setting(z.string(), {
      fallback: 'https://127.0.0.1:7080',
      doc: 'Address of the control plane; https only.',
    }),
    controlMode: setting(z.enum(['push', 'pull']), {
      fallback: 'push',
      doc: '`push`: the plane calls control; `pull`: it calls nobody, and control asks it (`control.pullPlanes`).',
    }),
    controlAuthorityFile: setting(z.string(), {
      fallback: '',
      doc: 'PEM file with the authorities to believe about the control plane; those of the system when empty.',
    }),
    controlKeysFile: setting(z.string(), {
      fallback: '',
      doc: 'File with the public keys that control signs bundles with, taken over at enrolment (`signing-keys.json`).',
    }),
    redirectListen: setting(z.string(), {
      fallback: '',
      doc: 'Address and port where plain HTTP is sent on to HTTPS, such as `[::]:80`; nowhere when empty.',
    }),
    hstsSeconds: setting(z.int().min(0).max(63_072_000), {
      fallback: 0,
      unit: 'seconds',
      doc: 'How long browsers keep to HTTPS for its name (Strict-Transport-Security); 0 for a name such as `localhost` that others share.',
    }),
    token: secretSetting(
      'optional',
      'What the plane shows to control; given at enrolment. Needed unless `plane.controlMode` is `pull`.',
    ),
    databaseConnectionsMax: setting(z.int().min(2).max(1_000), {
      fallback: 10,
      unit: 'connections',
      doc: 'Connections to its database at once.',
    }),
    requestsPerMinuteMax: setting(z.int().min(1).max(1_000_000), {
      fallback: 3_000,
      unit: 'requests a minute',
      doc: 'Requests to its API one network address may make.',
    }),
    metricsToken: secretSetting(
      'optional',
      'Bearer token for `/metrics`; without one only this machine may read them.',
    ),
    logLevel: setting(z.enum(['debug', 'info', 'warn', 'error']), {
      fallback: 'info',
      doc: 'The least serious lines that are logged.',
    }),
  },
);
