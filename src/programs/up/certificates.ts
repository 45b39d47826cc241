import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { secret } from '#base/secret';
import { createAuthority, issueCertificate, servesStill } from '#platform/http/authority';
import type { KeyedCertificate } from '#platform/http/authority';
import { writeWhole } from './home.ts';

/** Names under which people reach servers on this machine. */
const HOSTS = ['localhost', '127.0.0.1', '::1'] as const;
/** Each server has a key of its own, so that a stolen one serves one door. */
const SERVERS = ['control', 'plane', 'gateway'] as const;
export type ServerName = (typeof SERVERS)[number];

export type CertificateFiles = { readonly chainFile: string; readonly keyFile: string };
export type Certificates = {
  /** What clients must believe; not secret. */
  readonly authorityFile: string;
  readonly servers: Readonly<Record<ServerName, CertificateFiles>>;
};

/**
 * Makes an authority of this machine on first start, and server certificates where they are missing, near their end, or
 * signed by an earlier authority. The authority's key never leaves the directory.
 */
export async function prepareCertificates(directory: string, nowMs: number): Promise<Certificates> {
  const authorityFiles = filesOf(directory, 'ca');
  const authority = await keptAuthority(authorityFiles, nowMs);
  for (const name of SERVERS) await renew(filesOf(directory, name), { name, authority, nowMs });
  const [control, plane, gateway] = SERVERS.map((name) => filesOf(directory, name)) as [
    CertificateFiles,
    CertificateFiles,
    CertificateFiles,
  ];
  return { authorityFile: authorityFiles.chainFile, servers: { control, plane, gateway } };
}

function filesOf(directory: string, name: string): CertificateFiles {
  return { chainFile: join(directory, `${name}.pem`), keyFile: join(directory, `${name}.key`) };
}

async function keptAuthority(files: CertificateFiles, nowMs: number): Promise<KeyedCertificate> {
  if (existsSync(files.chainFile) && existsSync(files.keyFile)) {
    return {
      certificatePem: readFileSync(files.chainFile, 'utf8'),
      keyPem: secret(readFileSync(files.keyFile, 'utf8')),
    };
  }
  const made = await createAuthority({ name: 'Privet local authority', nowMs });
  write(files, made);
  return made;
}

type Renewal = {
  readonly name: string;
  readonly authority: KeyedCertificate;
  readonly nowMs: number;
};

async function renew(files: CertificateFiles, { name, authority, nowMs }: Renewal): Promise<void> {
  if (existsSync(files.chainFile) && existsSync(files.keyFile)) {
    const wanted = { authorityPem: authority.certificatePem, hosts: HOSTS, nowMs };
    if (servesStill(readFileSync(files.chainFile, 'utf8'), wanted)) return;
  }
  write(files, await issueCertificate(authority, { name: `privet ${name}`, nowMs, hosts: HOSTS }));
}

/** The key first: a certificate without its key would be taken for a finished pair. */
function write(files: CertificateFiles, made: KeyedCertificate): void {
  writeWhole(files.keyFile, `${made.keyPem.reveal()}\n`);
  writeWhole(files.chainFile, `${made.certificatePem}\n`, 0o644);
}
