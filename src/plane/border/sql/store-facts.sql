insert into border.outbox (number, kind, fact)
select number, kind, fact from unnest($1::bigint[], $2::text[], $3::text[]) as t (number, kind, fact)
