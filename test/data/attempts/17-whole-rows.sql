### whole row
select c from shop.customers c
=> refused 42501

### whole row of an open table
select l from shop.lookup l order by code
=> answer
(a,alpha)
(b,beta)

### whole row of events
select e from shop.events e order by id
=> answer
(2,2025-07-31,EU,"payload 2")
(4,2025-09-29,EU,"payload 4")
(6,2025-11-28,EU,"payload 6")
(8,2026-01-27,EU,"payload 8")
(10,2026-03-28,EU,"payload 10")
(12,2026-05-27,EU,"payload 12")

### row_to_json
select row_to_json(c) from shop.customers c
=> refused 42501

### row_to_json of events
select row_to_json(e) from shop.events e order by id
=> answer
{"id":2,"at":"2025-07-31","region":"EU","payload":"payload 2"}
{"id":4,"at":"2025-09-29","region":"EU","payload":"payload 4"}
{"id":6,"at":"2025-11-28","region":"EU","payload":"payload 6"}
{"id":8,"at":"2026-01-27","region":"EU","payload":"payload 8"}
{"id":10,"at":"2026-03-28","region":"EU","payload":"payload 10"}
{"id":12,"at":"2026-05-27","region":"EU","payload":"payload 12"}

### to_jsonb of a subquery
select to_jsonb(s) from (select id, name from shop.customers) s order by id
=> answer
{"id": 1, "name": "C************"}
{"id": 2, "name": "C************"}
{"id": 3, "name": "C************"}
{"id": 4, "name": "C************"}
{"id": 5, "name": "C************"}
{"id": 6, "name": "C************"}

### star in row
select row(e.*) from shop.events e order by id
=> answer
(2,2025-07-31,EU,"payload 2")
(4,2025-09-29,EU,"payload 4")
(6,2025-11-28,EU,"payload 6")
(8,2026-01-27,EU,"payload 8")
(10,2026-03-28,EU,"payload 10")
(12,2026-05-27,EU,"payload 12")

### field of a row
select (c).name from shop.customers c order by id
=> answer
C************
C************
C************
C************
C************
C************

### hidden field of a row
select (c).profile from shop.customers c
=> refused 42703

### all fields of a row
select (e).* from shop.events e order by id
=> answer
2|2025-07-31|EU|payload 2
4|2025-09-29|EU|payload 4
6|2025-11-28|EU|payload 6
8|2026-01-27|EU|payload 8
10|2026-03-28|EU|payload 10
12|2026-05-27|EU|payload 12

### row cast to text
select e::text from shop.events e order by id
=> answer
(2,2025-07-31,EU,"payload 2")
(4,2025-09-29,EU,"payload 4")
(6,2025-11-28,EU,"payload 6")
(8,2026-01-27,EU,"payload 8")
(10,2026-03-28,EU,"payload 10")
(12,2026-05-27,EU,"payload 12")

### row cast to text with stream columns
select c::text from shop.customers c
=> refused 42501

### row compared with a row
select count(*) from shop.events e where e = e
=> answer
6

### row is null
select count(*) from shop.customers c where c is null
=> answer
0

### count of rows
select count(c) from shop.customers c
=> answer
6

### count star and row
select count(e) from shop.events e
=> answer
6

### array of rows
select array_agg(e) from shop.events e
=> answer
{"(2,2025-07-31,EU,\"payload 2\")","(4,2025-09-29,EU,\"payload 4\")","(6,2025-11-28,EU,\"payload 6\")","(8,2026-01-27,EU,\"payload 8\")","(10,2026-03-28,EU,\"payload 10\")","(12,2026-05-27,EU,\"payload 12\")"}

### distinct rows
select count(distinct e) from shop.events e
=> answer
6

### order by row
select id from shop.events e order by e
=> answer
2
4
6
8
10
12

### row in a function
select jsonb_agg(e) from shop.events e
=> answer
[{"at": "2025-07-31", "id": 2, "region": "EU", "payload": "payload 2"}, {"at": "2025-09-29", "id": 4, "region": "EU", "payload": "payload 4"}, {"at": "2025-11-28", "id": 6, "region": "EU", "payload": "payload 6"}, {"at": "2026-01-27", "id": 8, "region": "EU", "payload": "payload 8"}, {"at": "2026-03-28", "id": 10, "region": "EU", "payload": "payload 10"}, {"at": "2026-05-27", "id": 12, "region": "EU", "payload": "payload 12"}]

### row to hstore
select hstore(e) from shop.events e
=> refused 42883

### json_populate from row
select json_populate_record(e, '{"id": 5}') from shop.events e
=> answer
(5,2025-07-31,EU,"payload 2")
(5,2025-09-29,EU,"payload 4")
(5,2025-11-28,EU,"payload 6")
(5,2026-01-27,EU,"payload 8")
(5,2026-03-28,EU,"payload 10")
(5,2026-05-27,EU,"payload 12")

### group by row
select count(*) from shop.events e group by e
=> answer
1
1
1
1
1
1

### row concat
select e || '' from shop.events e
=> answer
(2,2025-07-31,EU,"payload 2")
(4,2025-09-29,EU,"payload 4")
(6,2025-11-28,EU,"payload 6")
(8,2026-01-27,EU,"payload 8")
(10,2026-03-28,EU,"payload 10")
(12,2026-05-27,EU,"payload 12")

### coalesce row
select coalesce(c, null) from shop.customers c
=> refused 42501

### hash of a row
select hash_record(e) from shop.events e
=> answer
443088455
655151929
-14279455
-542612967
611845687
-730491270
