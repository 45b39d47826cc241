-- One more permission: who may take a whole vault out, or bring one in.
alter table identity.permission_grant drop constraint permission_grant_permission_check;
alter table identity.permission_grant add constraint permission_grant_permission_check
  check (permission in ('governor', 'data-owner', 'user-admin', 'auditor', 'operator', 'vault-mover'));
