-- $1 only those opened before that, in milliseconds; null for all
select id from vault.import
where ended_at is null and ($1::float8 is null or created_at < to_timestamp($1::float8 / 1000))
order by created_at, id
