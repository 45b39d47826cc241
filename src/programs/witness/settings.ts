import { z } from 'zod';
import { group, setting } from '#platform/settings';

/** Everything about the witness that can be set. */
export const witnessSettings = group(
  'witness',
  'A witness of logs; runs apart from the planes it watches.',
  {
    listen: setting(z.string(), {
      fallback: '127.0.0.1:7090',
      doc: 'Address and port of `add-checkpoint`; without TLS only an address of this machine.',
    }),
    name: setting(z.string(), {
      fallback: '',
      doc: 'Name of its key for ever, such as `witness.example.com/w1`; has to be set.',
    }),
    logsFile: setting(z.string(), {
      fallback: '',
      doc: 'File of C2SP tlog-policy whose `log` lines are the logs to watch; read anew when it changes.',
    }),
    directory: setting(z.string(), {
      fallback: '',
      doc: 'Directory of its key and of the heads it cosigned; `witness` in the home directory when empty.',
    }),
    tlsCertificateFile: setting(z.string(), {
      fallback: '',
      doc: 'PEM file with the certificate chain; plain HTTP, on this machine only, when empty.',
    }),
    tlsKeyFile: setting(z.string(), {
      fallback: '',
      doc: 'PEM file with the private key of the certificate.',
    }),
  },
);
