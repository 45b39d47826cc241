-- $1 vault number, $2 table number, $3 ids of records about to be written; what is kept already is the older
insert into vault.export_kept (export_id, table_number, record_id, version, subject_number, body)
select e.id, $2::integer, w.id, r.version, r.subject_number, r.body
from vault.export e cross join unnest($3::uuid[]) as w (id)
left join vault.record r on r.table_number = $2 and r.id = w.id
where e.vault_number = $1 and e.ended_at_ms is null
order by e.id, w.id
on conflict do nothing
