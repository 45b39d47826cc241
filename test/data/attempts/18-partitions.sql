### partition directly
select id, region, payload from shop.events_2025 order by id
=> answer
2|EU|payload 2
4|EU|payload 4
6|EU|payload 6

### other partition
select count(*) from shop.events_2026
=> answer
3

### partition by only
select count(*) from only shop.events
=> answer
0

### inheritance parent
select * from shop.people
=> refused 42P01

### inheritance child
select * from shop.managers
=> refused 42P01

### inheritance star
select * from shop.people *
=> refused 42P01

### partition in a union
select payload from shop.events_2025 union all select payload from shop.events_2026 order by 1
=> answer
payload 10
payload 12
payload 2
payload 4
payload 6
payload 8

### partition tree
select relid::text from pg_partition_tree('shop.events') order by 1
=> refused 42501

### partition root
select pg_partition_root('shop.events_2025')
=> refused 42501

### partition bound
select pg_get_expr(relpartbound, oid) from pg_class where relname = 'events_2025'
=> answer
\N
