-- Sources whose lineage is not known whole, or not at all any more.
select s.id as source_id from catalog.source s
where not exists (
  select from observe.asset_source l join observe.made_of m on m.asset_id = l.asset_id
  where l.source_id = s.id and m.completeness = 'full')
or exists (
  select from observe.asset_source l join observe.made_of m on m.asset_id = l.asset_id
  where l.source_id = s.id and m.completeness <> 'full')
