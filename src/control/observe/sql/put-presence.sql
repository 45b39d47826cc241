insert into observe.presence as p (plane, since, through)
values ($1, $2, $2)
on conflict (plane) do update set through = excluded.through,
  since = case when excluded.through - p.through > make_interval(secs => $3) then excluded.through else p.since end
where p.through < excluded.through
