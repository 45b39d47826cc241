with judged as (
  select x.id, x.version, x.judged_from, x.at, x.verdict
  from jsonb_to_recordset($1::jsonb) as x(id bigint, version bigint, judged_from timestamptz, at timestamptz, verdict jsonb)
), found as (
  select x.id, x.at, x.verdict from jsonb_to_recordset($2::jsonb) as x(id bigint, at timestamptz, verdict jsonb)
), taken_back as (
  delete from observe.anomaly a using judged j
  where a.series_id = j.id and a.at >= j.judged_from
    and not exists (select from found f where f.id = a.series_id and f.at = a.at)
), put as (
  insert into observe.anomaly (series_id, at, verdict, run_id) select id, at, verdict, $3 from found
  on conflict (series_id, at) do update set verdict = excluded.verdict, run_id = excluded.run_id
)
update observe.series s set
  -- points that came meanwhile are judged in the next run
  waiting_from = case when s.version = j.version then null else s.waiting_from end,
  judged_at = coalesce(j.at, s.judged_at), verdict = coalesce(j.verdict, s.verdict)
from judged j
where s.id = j.id
