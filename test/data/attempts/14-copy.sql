### copy table out
copy shop.lookup to stdout
=> ?

### copy guarded table out
copy shop.events to stdout
=> ?

### copy guarded columns out
copy shop.customers (id, name, salary) to stdout
=> ?

### copy hidden column out
copy shop.customers (profile) to stdout
=> ?

### copy query out
copy (select id, name from shop.customers order by id) to stdout
=> ?

### copy as csv
copy (select id, name from shop.customers order by id) to stdout with (format csv, header)
=> ?

### copy binary
copy (select name from shop.customers order by id) to stdout with (format binary)
=> ?

### copy stream binary
copy (select contact from shop.customers) to stdout with (format binary)
=> ?

### copy secret out
copy secret.payroll to stdout
=> ?

### copy to a file
copy shop.lookup to '/tmp/x'
=> ?

### copy to a program
copy shop.lookup to program 'cat'
=> ?

### copy from a file
copy shop.lookup from '/etc/passwd'
=> ?

### copy from a program
copy shop.lookup from program 'id'
=> ?

### copy from stdin
copy shop.lookup from stdin
=> ?

### copy with a where
copy shop.lookup from stdin where code = 'a'
=> ?

### copy of a write
copy (delete from shop.lookup returning *) to stdout
=> ?

### copy of a view
copy (select * from shop.payroll_view) to stdout
=> ?

### copy with encoding
copy shop.lookup to stdout with (encoding 'SJIS')
=> ?

### copy with a forced quote
copy (select name from shop.customers order by id) to stdout with (format csv, force_quote *)
=> ?

### copy partition
copy shop.events_2025 to stdout
=> ?
