select e ->> 'workload' as workload, e ->> 'purpose' as purpose, count(*) filter (where e ->> 'kind' = 'egress-opened') as opened,
  coalesce(sum((e ->> 'attempts')::bigint), 0) as refused, max(to_timestamp((e ->> 'time')::bigint / 1000.0)) as newest_at
from (select l.entry::jsonb as e from ledger.act l order by l.index desc limit 20000) n
where e ->> 'kind' in ('egress-opened', 'egress-refused')
  and (e ->> 'time')::bigint > extract(epoch from now()) * 1000 - 86400000
group by e ->> 'workload', e ->> 'purpose' order by 1, 2
