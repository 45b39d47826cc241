insert into observe.made_of (asset_id, origin, completeness, at)
select x.id, $1, x.completeness, $3 from jsonb_to_recordset($2::jsonb) as x(id bigint, completeness text)
on conflict (asset_id, origin) do update set completeness = excluded.completeness, at = excluded.at
