delete from catalog.tagging
where source_id = $1 and tag = 'New' and ($2::text[] is null or column_name = any ($2))
returning column_name
