select id, plane, name, description, version, tables from catalog.vault
where $1::text is null or plane = $1
order by plane, name
