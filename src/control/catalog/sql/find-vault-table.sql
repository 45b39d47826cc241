select v.name as vault, t.entry->>'name' as name, t.entry->'columns' as columns, c.id as source
from catalog.vault v cross join jsonb_array_elements(v.tables) as t (entry)
left join catalog.source c on c.plane = v.plane and c.system_id = $4 and c.name = t.entry->>'name'
where v.plane = $1 and v.id = $2 and t.entry->>'id' = $3
