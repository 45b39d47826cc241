-- imports that are not over, the oldest first
select i.id, i.recipient, v.name, round(extract(epoch from i.created_at) * 1000)::float8 as "openedAtMs", coalesce(i.parts, 0) as parts,
  count(p.number)::integer as there, coalesce(sum(p.records), 0)::float8 as records
from vault.import i
left join vault.vault v on v.number = i.vault_number
left join vault.import_part p on p.import_id = i.id
where i.ended_at is null
group by i.id, i.recipient, v.name, i.created_at, i.parts order by i.created_at, i.id
