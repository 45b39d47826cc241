### escape string
select E'\'; select * from secret.payroll --'
=> ?

### dollar quoting
select $$select * from secret.payroll$$
=> ?

### nested dollar quoting
select $a$ $b$ $a$
=> ?

### nested comment
select /* /* */ 1 */ 2
=> ?

### unterminated comment
select 1 /* ;
=> ?

### unterminated string
select 'abc
=> ?

### nul by escape
select E'\000'
=> ?

### unicode string
select U&'\0041BC'
=> ?

### bit string
select B'101', X'1F'
=> ?

### backslash in a plain string
select 'a\' , 'b'
=> ?

### deep parentheses
select ((((((((((((((((((((1))))))))))))))))))))
=> ?

### empty
;
=> ?

### only a comment
-- nothing
=> ?

### syntax error
selec 1
=> ?

### syntax error near a name
select * frm shop.customers
=> ?

### two dots
select * from a.b.c.d
=> ?

### operator soup
select 1 <-> 2
=> ?

### type name tricks
select '1'::"int4"
=> ?

### function call syntax
select trim(both from ' x '), extract(year from date '2026-01-01'), position('a' in 'ba')
=> ?

### named arguments
select make_interval(days => 2)
=> ?

### variadic
select concat_ws(',', variadic array['a', 'b'])
=> ?

### default param sql value functions
select current_user
=> ?

### session user
select session_user, user
=> ?

### current catalog
select current_database(), current_schema
=> ?

### current date is fine
select current_date is not null
=> ?

### grouping function
select grouping(code) from shop.lookup group by code order by code
=> ?

### at time zone
select timestamptz '2026-01-01 00:00:00+00' at time zone 'UTC'
=> ?

### collate
select 'a' < 'b' collate "C"
=> ?

### cast function syntax
select cast('1' as int)
=> ?

### is json
select '{}' is json
=> ?

### interval literal
select interval '1 day'
=> ?

### typed literal of a domain
select shop.email 'a@b'
=> ?

### typed literal regclass
select regclass 'secret.payroll'
=> ?

### set returning in select
select generate_series(1, 3)
=> ?

### window frame
select sum(x) over (rows between 1 preceding and current row) from generate_series(1, 3) x
=> ?

### ordinality
select * from unnest(array['a', 'b']) with ordinality
=> ?

### overlaps
select (date '2026-01-01', date '2026-02-01') overlaps (date '2026-01-15', date '2026-03-01')
=> ?

### parameter without value
select $1
=> ?

### fetch first
select 1 fetch first 1 row only
=> ?

### semicolons
;;;select 1;;;
=> ?
