-- The certificate a plane showed first since it got its token: no other is taken from then on.
alter table identity.plane
  add column certificate_sha256 bytea check (octet_length(certificate_sha256) = 32);
