-- Of the newest leaves, so that a long ledger costs no more than a short one.
select e ->> 'kind' as kind, count(*) as leaves, max(n.index) as newest,
  to_timestamp(max((e ->> 'time')::bigint) / 1000.0) as newest_at
from (select l.index, l.entry::jsonb as e from ledger.leaf l order by l.index desc limit 20000) n
where (e ->> 'time')::bigint > extract(epoch from now()) * 1000 - 86400000
group by e ->> 'kind' order by e ->> 'kind'
