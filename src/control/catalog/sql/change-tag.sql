update catalog.tag
set description = coalesce($2, description), sensitive = coalesce($3, sensitive)
where name = $1 and not built_in
