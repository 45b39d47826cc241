select completeness from observe.made_of where asset_id = $1
order by array_position(array['full', 'partial', 'none'], completeness) desc
limit 1
