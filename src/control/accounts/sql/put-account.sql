insert into identity.account (subject_id) values ($1) on conflict do nothing
