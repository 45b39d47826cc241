insert into identity.plane (name, region, url, token_sha256, enrolled_at, enrolled_by, acts_before)
select $1, $2, $3, $4, $5, $6, act from identity.revision
on conflict (name) do nothing
