-- The databases of both planes and the role that owns each, as an administrator of the server (or of two servers):
--   psql -v control_password=… -v plane_password=… -v operator_password=… -f deploy/sql/roles.sql
-- Read the passwords from somewhere: -v control_password="$(cat control.password)". The first two can do nothing but own
-- their databases; the third owns nothing: the plane lets it read the `ops` views when it starts (PRIVET_OPERATOR_DATABASE_URL).
-- `privet doctor --grants` says whether that is still so, and no program starts when it is not.

create role privet_control login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'control_password';
create role privet_plane login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'plane_password';
create role privet_operator login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'operator_password';
create database privet_control owner privet_control;
create database privet_plane owner privet_plane;

-- Everybody may connect everywhere until this is said.
revoke all on database privet_control, privet_plane, postgres from public;
