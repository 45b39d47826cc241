insert into identity.membership (team_id, subject_id) values ($1, $2) on conflict do nothing
