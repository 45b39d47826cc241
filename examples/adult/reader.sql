-- Makes the role that Privet reads with; its password is in the file adult-password of the working directory.
\set ON_ERROR_STOP on
\set password `cat adult-password`
create role adult_reader login password :'password';
grant usage on schema census to adult_reader;
grant select on all tables in schema census to adult_reader;
