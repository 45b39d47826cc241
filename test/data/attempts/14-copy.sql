### copy table out
copy shop.lookup to stdout
=> answer
a	alpha
b	beta

### copy guarded table out
copy shop.events to stdout
=> answer
2	2025-07-31	EU	payload 2
4	2025-09-29	EU	payload 4
6	2025-11-28	EU	payload 6
8	2026-01-27	EU	payload 8
10	2026-03-28	EU	payload 10
12	2026-05-27	EU	payload 12

### copy guarded columns out
copy shop.customers (id, name, salary) to stdout
=> answer
1	C************	0
2	C************	0
3	C************	0
4	C************	0
5	C************	0
6	C************	0

### copy hidden column out
copy shop.customers (profile) to stdout
=> refused 42703

### copy query out
copy (select id, name from shop.customers order by id) to stdout
=> answer
1	C************
2	C************
3	C************
4	C************
5	C************
6	C************

### copy as csv
copy (select id, name from shop.customers order by id) to stdout with (format csv, header)
=> answer
id,name
1,C************
2,C************
3,C************
4,C************
5,C************
6,C************

### copy binary
copy (select name from shop.customers order by id) to stdout with (format binary)
=> answer
PGCOPY
\xff\x0d
\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0dC************
\x00\x01\x00\x00\x00\x0dC************
\x00\x01\x00\x00\x00\x0dC************
\x00\x01\x00\x00\x00\x0dC************
\x00\x01\x00\x00\x00\x0dC************
\x00\x01\x00\x00\x00\x0dC************
\xff\xff

### copy stream binary
copy (select contact from shop.customers) to stdout with (format binary)
=> refused 0A000

### copy secret out
copy secret.payroll to stdout
=> refused 42P01

### copy to a file
copy shop.lookup to '/tmp/x'
=> refused 42501

### copy to a program
copy shop.lookup to program 'cat'
=> refused 42501

### copy from a file
copy shop.lookup from '/etc/passwd'
=> refused 42501

### copy from a program
copy shop.lookup from program 'id'
=> refused 42501

### copy from stdin
copy shop.lookup from stdin
=> refused 25006

### copy with a where
copy shop.lookup from stdin where code = 'a'
=> refused 25006

### copy of a write
copy (delete from shop.lookup returning *) to stdout
=> refused 25006

### copy of a view
copy (select * from shop.payroll_view) to stdout
=> refused 42P01

### copy with encoding
copy shop.lookup to stdout with (encoding 'SJIS')
=> refused 22023

### copy with a forced quote
copy (select name from shop.customers order by id) to stdout with (format csv, force_quote *)
=> answer
"C************"
"C************"
"C************"
"C************"
"C************"
"C************"

### copy partition
copy shop.events_2025 to stdout
=> answer
2	2025-07-31	EU	payload 2
4	2025-09-29	EU	payload 4
6	2025-11-28	EU	payload 6
