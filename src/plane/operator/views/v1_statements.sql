-- Literals were taken out before the leaf was written; whoever erases details erases the text here too.
select e ->> 'fingerprint' as fingerprint, e ->> 'statement' as kind, count(*) as times,
  round(avg((e ->> 'durationMicros')::bigint) / 1000, 1) as mean_ms, round(max((e ->> 'durationMicros')::bigint) / 1000.0, 1) as slowest_ms,
  sum((e ->> 'rows')::bigint) as rows, count(*) filter (where e ->> 'effect' = 'failed') as failed,
  max(convert_from(substring(n.details from 33), 'UTF8')::jsonb ->> 'normalized') as text
from (select l.entry::jsonb as e, l.details from ledger.leaf l where l.entry like '%"kind":"query"%' order by l.index desc limit 20000) n
where (e ->> 'time')::bigint > extract(epoch from now()) * 1000 - 86400000
group by e ->> 'fingerprint', e ->> 'statement'
order by max((e ->> 'durationMicros')::bigint) desc
