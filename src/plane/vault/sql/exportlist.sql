-- $1 only those begun before that, in ms; null for all that are open
select e.id, v.id as vault, v.name, e.recipient, e.began_at_ms::float8 as "beganAtMs", e.records::float8 as records,
  coalesce(sum(p.records), 0)::float8 as done, count(p.number)::integer as parts
from vault.export e
join vault.vault v on v.number = e.vault_number
left join vault.export_part p on p.export_id = e.id
where e.ended_at_ms is null and ($1::bigint is null or e.began_at_ms < $1)
group by e.id, v.id, v.name order by e.began_at_ms, e.id
