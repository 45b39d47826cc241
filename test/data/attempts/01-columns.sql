### the masked columns themselves
select id, region, name, email, card, salary, born, notes, tier, labels, credit from shop.customers order by id
=> answer
1|EU|C************|\N|****|0|1900-01-01|\N|silver|\N|0.00
2|EU|C************|\N|****|0|1900-01-01|\N|bronze|\N|0.00
3|EU|C************|\N|****|0|1900-01-01|\N|gold|\N|0.00
4|EU|C************|\N|****|0|1900-01-01|\N|silver|\N|0.00
5|EU|C************|\N|****|0|1900-01-01|\N|bronze|\N|0.00
6|EU|C************|\N|****|0|1900-01-01|\N|gold|\N|0.00

### star
select * from shop.lookup order by code
=> answer
a|alpha
b|beta

### star over a guarded table without its stream columns
select id, name, card from (select * from shop.customers) s order by id
=> answer
1|C************|****
2|C************|****
3|C************|****
4|C************|****
5|C************|****
6|C************|****

### hidden column by name
select profile from shop.customers
=> refused 42703

### hidden column through alias
select c.profile from shop.customers c
=> refused 42703

### hidden column in where
select id from shop.customers where profile is not null
=> refused 42703

### hidden column in order by
select id from shop.customers order by profile
=> refused 42703

### hidden column in group by
select count(*) from shop.customers group by profile
=> refused 42703

### hidden column quoted
select "profile" from shop.customers
=> refused 42703

### hidden column as json path
select profile->>'phone' from shop.customers
=> refused 42703

### name through concatenation
select name || '' from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### name through upper
select upper(name) from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### name through substring
select substring(name from 2 for 20) from shop.customers order by id
=> answer
************
************
************
************
************
************

### name through reverse
select reverse(name) from shop.customers order by id
=> answer
************C
************C
************C
************C
************C
************C

### name through cast to bytea
select convert_to(name, 'UTF8') from shop.customers order by id
=> answer
\x432a2a2a2a2a2a2a2a2a2a2a2a
\x432a2a2a2a2a2a2a2a2a2a2a2a
\x432a2a2a2a2a2a2a2a2a2a2a2a
\x432a2a2a2a2a2a2a2a2a2a2a2a
\x432a2a2a2a2a2a2a2a2a2a2a2a
\x432a2a2a2a2a2a2a2a2a2a2a2a

### name through md5
select md5(name) = md5('CANARY-name-1') from shop.customers where id = 1
=> answer
f

### name through length
select id, length(name) from shop.customers order by id
=> answer
1|13
2|13
3|13
4|13
5|13
6|13

### name through case
select case when name like 'CANARY%' then 'yes' else 'no' end from shop.customers order by id
=> answer
no
no
no
no
no
no

### name through coalesce
select coalesce(name, 'none') from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### name through nullif
select nullif(name, 'x') from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### name through greatest
select greatest(name, '') from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### name through array
select array[name] from shop.customers order by id
=> answer
{C************}
{C************}
{C************}
{C************}
{C************}
{C************}

### name through array_agg
select array_agg(name) from shop.customers
=> answer
{C************,C************,C************,C************,C************,C************}

### name through string_agg
select string_agg(name, ',') from shop.customers
=> answer
C************,C************,C************,C************,C************,C************

### name through json
select to_json(name) from shop.customers order by id
=> answer
"C************"
"C************"
"C************"
"C************"
"C************"
"C************"

### name through jsonb_build_object
select jsonb_build_object('n', name) from shop.customers order by id
=> answer
{"n": "C************"}
{"n": "C************"}
{"n": "C************"}
{"n": "C************"}
{"n": "C************"}
{"n": "C************"}

### name through format
select format('%s', name) from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### name through quote_literal
select quote_literal(name) from shop.customers order by id
=> answer
'C************'
'C************'
'C************'
'C************'
'C************'
'C************'

### name through regexp_replace
select regexp_replace(name, '^', 'x') from shop.customers order by id
=> answer
xC************
xC************
xC************
xC************
xC************
xC************

### name through regexp_matches
select regexp_matches(name, '.*') from shop.customers order by id
=> answer
{C************}
{C************}
{C************}
{C************}
{C************}
{C************}

### name through string_to_table
select string_to_table(name, '-') from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### name through to_tsvector
select to_tsvector('simple', name) from shop.customers order by id
=> answer
'c':1
'c':1
'c':1
'c':1
'c':1
'c':1

### name through encode
select encode(name::bytea, 'hex') from shop.customers order by id
=> answer
432a2a2a2a2a2a2a2a2a2a2a2a
432a2a2a2a2a2a2a2a2a2a2a2a
432a2a2a2a2a2a2a2a2a2a2a2a
432a2a2a2a2a2a2a2a2a2a2a2a
432a2a2a2a2a2a2a2a2a2a2a2a
432a2a2a2a2a2a2a2a2a2a2a2a

### name through window
select first_value(name) over (order by id) from shop.customers
=> answer
C************
C************
C************
C************
C************
C************

### name through lag
select lag(name) over (order by id) from shop.customers
=> answer
\N
C************
C************
C************
C************
C************

### name through max
select max(name), min(name) from shop.customers
=> answer
C************|C************

### name through mode
select mode() within group (order by name) from shop.customers
=> answer
C************

### name through percentile_disc
select percentile_disc(0.5) within group (order by name) from shop.customers
=> answer
C************

### name through collate
select name collate "C" from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### name through varchar cast
select name::varchar from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### name through xml
select xmlelement(name x, name) from shop.customers order by id
=> answer
<x>C************</x>
<x>C************</x>
<x>C************</x>
<x>C************</x>
<x>C************</x>
<x>C************</x>

### name through xmlforest
select xmlforest(name) from shop.customers order by id
=> answer
<name>C************</name>
<name>C************</name>
<name>C************</name>
<name>C************</name>
<name>C************</name>
<name>C************</name>

### name through row
select row(name) from shop.customers order by id
=> answer
(C************)
(C************)
(C************)
(C************)
(C************)
(C************)

### name through unnest
select unnest(array[name]) from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### name through generate_series bounds
select generate_series(1, length(name)) from shop.customers where id = 1
=> answer
1
2
3
4
5
6
7
8
9
10
11
12
13

### name through ascii
select ascii(substr(name, 2, 1)) from shop.customers order by id
=> answer
42
42
42
42
42
42

### name through overlay
select overlay(name placing 'Z' from 1 for 1) from shop.customers order by id
=> answer
Z************
Z************
Z************
Z************
Z************
Z************

### name through split_part
select split_part(name, '-', 2) from shop.customers order by id
=> answer







### name through translate
select translate(name, 'C', 'c') from shop.customers order by id
=> answer
c************
c************
c************
c************
c************
c************

### name through hashtext
select hashtext(name) = hashtext('CANARY-name-1') from shop.customers where id = 1
=> answer
f

### name through sha256
select sha256(name::bytea) = sha256('CANARY-name-1') from shop.customers where id = 1
=> answer
f

### salary through arithmetic
select id, salary + 0, salary * 1 from shop.customers order by id
=> answer
1|0|0
2|0|0
3|0|0
4|0|0
5|0|0
6|0|0

### salary through sum and average
select sum(salary), avg(salary) from shop.customers
=> answer
0|0.00000000000000000000

### salary through stddev
select stddev(salary), variance(salary) from shop.customers
=> answer
0|0

### salary through modulo
select salary % 1000 from shop.customers order by id
=> answer
0
0
0
0
0
0

### salary through bit operations
select salary & 255 from shop.customers order by id
=> answer
0
0
0
0
0
0

### salary through text
select salary::text from shop.customers order by id
=> answer
0
0
0
0
0
0

### salary through to_char
select to_char(salary, '999999999') from shop.customers order by id
=> answer
         0
         0
         0
         0
         0
         0

### salary through width_bucket
select width_bucket(salary, 77310000, 77310012, 12) from shop.customers order by id
=> answer
0
0
0
0
0
0

### born through extract
select extract(day from born), extract(doy from born) from shop.customers order by id
=> answer
1|1
1|1
1|1
1|1
1|1
1|1

### born through age
select age(date '2026-01-01', born) from shop.customers order by id
=> answer
126 years
126 years
126 years
126 years
126 years
126 years

### born through date_trunc
select date_trunc('day', born) from shop.customers order by id
=> answer
1900-01-01 00:00:00+00
1900-01-01 00:00:00+00
1900-01-01 00:00:00+00
1900-01-01 00:00:00+00
1900-01-01 00:00:00+00
1900-01-01 00:00:00+00

### born through to_char
select to_char(born, 'YYYY-MM-DD') from shop.customers order by id
=> answer
1900-01-01
1900-01-01
1900-01-01
1900-01-01
1900-01-01
1900-01-01

### born through subtraction
select born - date '1931-01-01' from shop.customers order by id
=> answer
-11322
-11322
-11322
-11322
-11322
-11322

### credit through trunc
select trunc(credit, 2), scale(credit) from shop.customers order by id
=> answer
0.00|2
0.00|2
0.00|2
0.00|2
0.00|2
0.00|2

### card through right
select right(card, 4) from shop.customers order by id
=> answer
****
****
****
****
****
****

### notes through text search
select notes @@ 'canary' from shop.customers order by id
=> answer
\N
\N
\N
\N
\N
\N

### labels element
select labels[1] from shop.customers order by id
=> answer
\N
\N
\N
\N
\N
\N

### labels through unnest
select unnest(labels) from shop.customers
=> answer

### labels through array_to_string
select array_to_string(labels, ',') from shop.customers order by id
=> answer
\N
\N
\N
\N
\N
\N

### code is clear for visible rows only
select code from shop.customers order by id
=> answer
c1    
c2    
c3    
c4    
c5    
c6    

### tier through enum_range
select enum_range(tier) from shop.customers order by id
=> answer
{gold,silver,bronze}
{gold,silver,bronze}
{gold,silver,bronze}
{gold,silver,bronze}
{gold,silver,bronze}
{gold,silver,bronze}

### email of a domain type falls back to null
select email from shop.customers order by id
=> answer
\N
\N
\N
\N
\N
\N
