/** Queries over the fixture that must give under an identity policy what they give without one; search_path clinic, sales, public. */
export const QUERIES: readonly string[] = `
select * from patient order by id
select id, name, born from patient where id between 3 and 9 order by born desc limit 4 offset 1
select p.id, o.total from patient p join orders o on o.patient_id = p.id where o.total > 50 order by 1, 2
select * from patient natural join (select 5 as id) five
select * from patient p left join orders o using (id) order by p.id, o.email limit 20
select * from patient full join orders using (id) where id > 55 order by id
select ju.id from patient join orders using (id) as ju order by 1 limit 3
select j.* from (patient join orders using (id)) as j order by j.id limit 3
select tenant, count(*), avg(weight), max(born) filter (where visits > 10) from patient group by tenant having count(*) > 3 order by tenant
select tenant, mood, count(*), grouping(tenant, mood) from patient group by rollup (tenant, mood) order by 1 nulls first, 2 nulls first
select tenant, mood, count(*) from patient group by grouping sets ((tenant), (mood), ()) order by 1 nulls last, 2 nulls last
select tenant, mood, count(*) from patient group by cube (tenant, mood) order by 1, 2, 3
select distinct on (tenant) tenant, id from patient order by tenant, id desc
select distinct tenant from patient order by 1
select id, row_number() over w, sum(visits) over (partition by tenant order by id rows between 1 preceding and current row) from patient window w as (order by id) order by id
select id from patient union select id from orders order by id limit 5
select id from patient union all select id from orders where id < 4 order by 1
select id from patient intersect select patient_id from orders order by 1
select id from patient except select patient_id from orders where id < 30 order by 1
with p as (select * from patient where id < 10), o as materialized (select * from orders) select p.name, o.id from p join o on o.patient_id = p.id order by 2
with recursive t(n) as (values (1) union all select n + 1 from t where n < 6) select n, name from t join patient on patient.id = n order by n
with recursive t as (select id, patient_id from orders where id = 1 union select o.id, o.patient_id from orders o join t on o.id = t.patient_id) select * from t order by 1
with recursive t(a, b) as (select id, id * 2 from patient where id < 3 union all select a + 1, b from t where a < 5) search depth first by a set ord cycle a set looped using path select a, b, looped from t order by 1, 2
select * from patient p, lateral (select max(total) as top from orders o where o.patient_id = p.id) m where p.id < 6 order by p.id
select p.id, x.tag from patient p cross join lateral unnest(p.tags) as x(tag) where p.id < 4 order by 1, 2
select p.id, tag from patient p cross join unnest(p.tags) tag where p.id < 4 order by 1, 2
select g, p.name from generate_series(1, 5) g left join patient p on p.id = g order by g
select * from generate_series(1, 3) with ordinality as g(a, b)
select * from json_to_recordset('[{"a":1,"b":"x"}]') as t(a int, b text)
select key, value from patient, jsonb_each(notes) where id = 3 order by key
select e.value from patient p, jsonb_array_elements('[1,2,3]') e where p.id = 1 order by 1
select (select count(*) from orders o where o.patient_id = p.id) as n, p.id from patient p order by p.id limit 7
select id from patient p where exists (select 1 from orders o where o.patient_id = p.id and o.total > 200) order by id
select id from patient where id in (select patient_id from orders where total > 150) order by id
select id from patient where (id, tenant) in (select patient_id, 'b' from orders) order by id
select id from patient where id = any (array(select patient_id from orders where id < 5)) order by id
select id from patient where id <> all (select patient_id from orders where id > 10) order by id
select array(select id from patient order by id limit 3), row(1, 'x'), (array[1, 2])[1]
select case when id < 3 then 'low' when id < 5 then 'mid' else 'high' end as band, count(*) from patient group by band order by band
select coalesce(null, name), nullif(tenant, 'a'), greatest(id, 4), least(id, 4) from patient where id = 7
select extract(year from born), date_part('month', born), date_trunc('month', seen at time zone 'UTC') from patient where id < 4 order by 1, 2, 3
select trim(both ' ' from ' x '), substring(name from 1 for 3), overlay(name placing 'X' from 2 for 1), position('e' in name) from patient where id = 2
select name like 'Person 1%', name ilike 'person%', name similar to 'P%', name ~ '^P', name between 'A' and 'Z' from patient where id = 1
select id, mood from patient where mood > 'bad' order by id limit 5
select (home).street, (home).number from patient where id = 2
select (patient.home).number from patient where id = 2
select p.home from patient p where p.id = 2
select id, mood::text, weight::int, id::text || '!', born::timestamp from patient where id = 4
select 'good'::mood, '{bad,good}'::clinic.mood[], '1.5'::price
select total::numeric + 1 from orders where id = 3
select count(*), count(distinct tenant), string_agg(tenant, ',' order by id), array_agg(id order by id desc) from patient where id < 6
select percentile_cont(0.5) within group (order by weight), mode() within group (order by tenant) from patient
select to_jsonb(x) from (select id, name from patient where id = 3) x
select row_to_json(p) from patient p where p.id = 3
select p from (select id, name from patient where id < 3) p order by p.id
select (p).name from patient p where (p).id = 5
select (x).* from (select p as x from (select id, tenant from patient where id = 4) p) q
select count(p), count(p.*), count(*) from patient p
select p.name from patient p where p is not null order by p.id limit 2
table overview
table only plain
select * from only base order by id
select * from base order by id
select id, secret from derived
select tableoid = 'base'::regclass, id from base order by id
select ctid is not null from plain where id = 1
select * from event where at > '2024-03-01' order by id
select count(*) from event_old
select * from summary order by email limit 3
select email, orders from summary where orders > 3 order by 1
values (1, 'a'), (2, 'b') order by 1 desc
select * from (values (1, 'x'), (2, 'y')) v(a, b) join patient on patient.id = v.a order by 1
select id from patient order by id fetch first 3 rows only
select id % 10 as k from patient order by k fetch first 2 rows with ties
select clinic.patient.id, patient.name from clinic.patient where clinic.patient.id = 3
select public.plain.* from public.plain order by id limit 2
select label as id, id as label from plain order by label limit 3
select other as o from plain group by o order by o
select other, count(*) from plain group by 1 order by 2, 1
select id, label from plain group by id order by id limit 3
select p.id, p.name, count(o.id) from patient p left join orders o on o.patient_id = p.id group by p.id order by p.id limit 5
select p.name, p.born, count(*) from patient p group by distinct rollup (p.id) order by 1, 2, 3 limit 3
select * from "Odd ""name" order by 1
select "a b", "select" from public."Odd ""name" where "select" = 'é'
select "select", E'\\u00e9' as é from "Odd ""name" order by 1
select /* comment ' */ id -- trailing '
 from patient where name = 'it''s' or name = E'a\\nb' or name = $q$x'y$q$ or id = 1
select name collate "C" from patient order by name collate "C" desc limit 3
select id from patient order by mood desc, id using < limit 3
select bool_and(flag), every(flag), bool_or(not flag) from plain
select 1 as "Group", 2 as "order" where true
select x.id from patient as x tablesample bernoulli (100) where x.id < 4 order by 1
select count(*) from patient tablesample system (100) repeatable (7)
select lag(id) over (order by id), first_value(name) over (partition by tenant order by id), ntile(4) over (order by id) from patient order by id limit 5
select xmlelement(name a, xmlattributes(id as i), name)::text, xmlforest(id, name)::text from patient where id = 1
select notes->>'who', notes #>> '{n}', notes @> '{"n":3}', notes ? 'n', jsonb_path_query(notes, '$.n') from patient where id = 3
select tags[1], tags[1:2], 'x' = any(tags), array_length(tags, 1), tags || 'y'::text from patient where id = 2
select current_date = current_date, now() = current_timestamp, localtime is not null
select md5(name), sha256(name::bytea), upper(name), length(name), left(name, 2), format('%s-%I', id, name) from patient where id = 9
select interval '1 day' + born, age(born, date '1950-01-01'), (born, interval '3 days') overlaps (date '1950-01-01', interval '900 days') from patient where id = 1
select make_interval(days => id), to_char(seen at time zone 'UTC', 'YYYY'), justify_days(interval '40 days') from patient where id = 3
select int4range(1, id) @> 2, daterange(born, null) && daterange('1950-01-01', '1960-01-01') from patient where id = 4
select p1.id from patient p1, patient p2 where p1.id = p2.visits order by 1
select * from (patient p cross join (select 1 as one) o) where p.id = 1
select * from patient p join (orders o join plain l on l.id = o.id) on o.patient_id = p.id where l.id < 3 order by 1
select (select p.name from patient p where p.id = q.patient_id) from orders q order by q.id limit 3
select id as total, total as id from orders order by total limit 3
with patient as (select 42 as id) select id from patient
with x as (select id from patient), patient as (select 1 as id) select (select count(*) from x), id from patient
select id from patient where id < 3 and false union (select 1 order by 1 limit 1) order by 1
(select id from patient order by id limit 2) union all (select id from orders order by id desc limit 2) order by 1
select not (id = 1) and (id = 2 or id is distinct from 3), id isnull, id notnull, (id > 1) is true, (id > 1) is not unknown from patient where id < 3 order by patient.id
select count(*) from patient where row(id, name) > row(50, 'a')
select sum(n) from (select count(*) as n from patient group by tenant) s
select regexp_replace(name, 'P', 'p'), regexp_matches(name, '(\\d+)'), split_part(name, ' ', 2) from patient where id = 12
select string_to_array('a,b', ','), unnest(array[1, 2]) order by 2
select * from unnest(array[1, 2], array['a', 'b']) with ordinality
select u.a, p.id from patient p, unnest(array[1, 2], p.tags) as u(a, b) where p.id < 3 order by 1, 2
select (row(1, 'x')).f2
select generate_series(1, id) from patient where id < 3 order by 1
`
  .trim()
  .split(/\n(?! from )/u);
