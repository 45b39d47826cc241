select i.id, i.severity from observe.incident i
where i.asset_id = $1 and i.resolved_by_itself and i.resolved_at >= $4
  and exists (select from observe.incident_signal s where s.incident_id = i.id and s.plane = $2 and s.key = $3)
order by i.resolved_at desc
limit 1
