### partition directly
select id, region, payload from shop.events_2025 order by id
=> ?

### other partition
select count(*) from shop.events_2026
=> ?

### partition by only
select count(*) from only shop.events
=> ?

### inheritance parent
select * from shop.people
=> ?

### inheritance child
select * from shop.managers
=> ?

### inheritance star
select * from shop.people *
=> ?

### partition in a union
select payload from shop.events_2025 union all select payload from shop.events_2026 order by 1
=> ?

### partition tree
select relid::text from pg_partition_tree('shop.events') order by 1
=> ?

### partition root
select pg_partition_root('shop.events_2025')
=> ?

### partition bound
select pg_get_expr(relpartbound, oid) from pg_class where relname = 'events_2025'
=> ?
