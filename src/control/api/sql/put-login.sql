insert into inbox.login (plane, number, at, door, outcome, method, subject_id, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing
