### escape string
select E'\'; select * from secret.payroll --'
=> answer
'; select * from secret.payroll --

### dollar quoting
select $$select * from secret.payroll$$
=> answer
select * from secret.payroll

### nested dollar quoting
select $a$ $b$ $a$
=> answer
 $b$ 

### nested comment
select /* /* */ 1 */ 2
=> answer
2

### unterminated comment
select 1 /* ;
=> refused 42601

### unterminated string
select 'abc
=> refused 42601

### nul by escape
select E'\000'
=> refused 42601

### unicode string
select U&'\0041BC'
=> refused 0A000

### bit string
select B'101', X'1F'
=> answer
101|00011111

### backslash in a plain string
select 'a\' , 'b'
=> answer
a\|b

### deep parentheses
select ((((((((((((((((((((1))))))))))))))))))))
=> answer
1

### empty
;
=> empty

### only a comment
-- nothing
=> empty

### syntax error
selec 1
=> refused 42601

### syntax error near a name
select * frm shop.customers
=> refused 42601

### two dots
select * from a.b.c.d
=> refused 42601

### operator soup
select 1 <-> 2
=> refused 42883

### type name tricks
select '1'::"int4"
=> answer
1

### function call syntax
select trim(both from ' x '), extract(year from date '2026-01-01'), position('a' in 'ba')
=> answer
x|2026|2

### named arguments
select make_interval(days => 2)
=> answer
2 days

### variadic
select concat_ws(',', variadic array['a', 'b'])
=> answer
a,b

### default param sql value functions
select current_user
=> answer
mallory

### session user
select session_user, user
=> answer
mallory|mallory

### current catalog
select current_database(), current_schema
=> answer
shopdb|\N

### current date is fine
select current_date is not null
=> answer
t

### grouping function
select grouping(code) from shop.lookup group by code order by code
=> answer
0
0

### at time zone
select timestamptz '2026-01-01 00:00:00+00' at time zone 'UTC'
=> answer
2026-01-01 00:00:00

### collate
select 'a' < 'b' collate "C"
=> answer
t

### cast function syntax
select cast('1' as int)
=> answer
1

### is json
select '{}' is json
=> refused 42601

### interval literal
select interval '1 day'
=> answer
1 day

### typed literal of a domain
select shop.email 'a@b'
=> refused 42704

### typed literal regclass
select regclass 'secret.payroll'
=> refused 42P01

### set returning in select
select generate_series(1, 3)
=> answer
1
2
3

### window frame
select sum(x) over (rows between 1 preceding and current row) from generate_series(1, 3) x
=> answer
1
3
5

### ordinality
select * from unnest(array['a', 'b']) with ordinality
=> answer
a|1
b|2

### overlaps
select (date '2026-01-01', date '2026-02-01') overlaps (date '2026-01-15', date '2026-03-01')
=> answer
t

### parameter without value
select $1
=> refused 42P02

### fetch first
select 1 fetch first 1 row only
=> answer
1

### semicolons
;;;select 1;;;
=> answer
1
