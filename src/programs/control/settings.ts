import { z } from 'zod';
import { group, secretSetting, setting } from '#platform/settings';

/** Everything about the control program that can be set. */
export const controlSettings = group(
  'control',
  'The control plane: people, catalog, policies; metadata only.',
  {
    databaseUrl: secretSetting(
      'required',
      'Connection string of its own database; `privet up` makes one.',
    ),
    listen: setting(z.string(), {
      fallback: '127.0.0.1:7080',
      doc: 'Address and port of its HTTPS API; `[::]:7080` for all addresses.',
    }),
    tlsCertificateFile: setting(z.string(), {
      fallback: '',
      doc: 'PEM file with the certificate chain of the API; `privet up` makes one from its own CA.',
    }),
    tlsKeyFile: setting(z.string(), {
      fallback: '',
      doc: 'PEM file with the private key of the certificate.',
    }),
    witnessListen: setting(z.string(), {
      fallback: '',
      doc: 'Address and port where control is a witness of the logs of planes (`add-checkpoint`), with the certificate of the API; it is none when empty.',
    }),
    witnessName: setting(z.string(), {
      fallback: '',
      doc: 'Name of its key as a witness for ever, such as `control.example.com/w1`.',
    }),
    witnessLogsFile: setting(z.string(), {
      fallback: '',
      doc: 'File of C2SP tlog-policy whose `log` lines are the logs to watch; read anew when it changes.',
    }),
    pullPlanes: setting(z.array(z.string()).max(100), {
      fallback: [],
      doc: 'Names of planes that make no connection to control (`plane.controlMode: pull`): control asks them at the address they were enrolled with.',
    }),
    pullAuthorityFile: setting(z.string(), {
      fallback: '',
      doc: 'PEM file with the authorities to believe about those planes; those of the system when empty.',
    }),
    publicUrl: setting(z.union([z.literal(''), z.url({ protocol: /^https$/u })]), {
      fallback: '',
      doc: 'Address people reach control by, for links in alerts; alerts have no links when empty.',
    }),
    alertsToLoopback: setting(z.enum(['refused', 'allowed']), {
      fallback: 'refused',
      doc: 'Whether alerts may go to receivers on this machine; `allowed` where a relay of your own runs beside control.',
    }),
    planeCertificates: setting(z.enum(['required', 'off']), {
      fallback: 'required',
      doc: 'Whether planes must show the certificate they showed first; `off` only where something before control ends TLS.',
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
    directory: setting(z.string(), {
      fallback: '',
      doc: 'Directory of the key that signs bundles, the key that seals secrets of alert channels, and the set-up token; `control` in the home directory when empty.',
    }),
    databaseConnectionsMax: setting(z.int().min(4).max(1_000), {
      fallback: 10,
      unit: 'connections',
      doc: 'Connections to its database at once.',
    }),
    requestsPerMinuteMax: setting(z.int().min(1).max(1_000_000), {
      fallback: 3_000,
      unit: 'requests a minute',
      doc: 'Requests one network address may make; log-in and set-up have tighter limits of their own.',
    }),
    metricsToken: secretSetting(
      'optional',
      'Bearer token for `/metrics`; without one only this machine may read them.',
    ),
    columnsAtRegistration: setting(z.enum(['seen', 'new']), {
      fallback: 'seen',
      doc: 'Whether columns found when a system is registered count as reviewed; later ones are masked until somebody did.',
    }),
    logLevel: setting(z.enum(['debug', 'info', 'warn', 'error']), {
      fallback: 'info',
      doc: 'The least serious lines that are logged.',
    }),
    localPlane: setting(z.string(), {
      fallback: '',
      doc: 'Name of a plane on the same machine, enrolled at start; `privet up` sets it.',
    }),
    localPlaneUrl: setting(z.string(), {
      fallback: 'https://127.0.0.1:7081',
      doc: 'Address of the API of the plane on the same machine.',
    }),
    localPlaneTokenPath: setting(z.string(), {
      fallback: '',
      doc: 'File the token of the plane on the same machine is written to.',
    }),
  },
);
