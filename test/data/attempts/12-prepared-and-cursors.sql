### prepare and execute
prepare p as select name from shop.customers order by id
--- then
execute p
=> ?

### prepare with a parameter
prepare p (text) as select id from shop.customers where name = $1
--- then
execute p ('CANARY-name-1')
=> ?

### prepare a write
prepare p as delete from shop.customers
=> ?

### execute unknown
execute nobody
=> ?

### execute with a dangerous argument
prepare p (text) as select $1
--- then
execute p (pg_read_file('/etc/passwd'))
=> ?

### deallocate then execute
prepare p as select 1
--- then
deallocate p
--- then
execute p
=> ?

### prepare twice
prepare p as select 1
--- then
prepare p as select 2
=> ?

### declare and fetch
begin
--- then
declare c cursor for select name from shop.customers order by id
--- then
fetch all from c
=> ?

### declare with hold
declare c cursor with hold for select name from shop.customers order by id
=> ?

### scroll backward
begin
--- then
declare c scroll cursor for select name from shop.customers order by id
--- then
fetch last from c
--- then
fetch prior from c
=> ?

### binary cursor
begin
--- then
declare c binary cursor for select name from shop.customers order by id
--- then
fetch all from c
=> ?

### cursor over a stream column
begin
--- then
declare c cursor for select contact from shop.customers where id = 1
--- then
move 1 in c
=> ?

### fetch from an unknown cursor
begin
--- then
fetch all from nobody
=> ?

### current of
begin
--- then
declare c cursor for select id from shop.lookup
--- then
update shop.lookup set label = '' where current of c
=> ?

### cursor to xml
begin
--- then
declare c cursor for select name from shop.customers
--- then
select cursor_to_xml('c', 10, true, false, '')
=> ?

### create table as execute
prepare p as select * from shop.lookup
--- then
create table x as execute p
=> ?

### close and fetch
begin
--- then
declare c cursor for select 1
--- then
close c
--- then
fetch c
=> ?

### many statements
select 1; select name from shop.customers order by id
=> ?

### many statements with a refused one
select 1; select * from secret.payroll; select 2
=> ?

### many statements with a write
select 1; delete from shop.lookup
=> ?

### hidden after a comment
select 1 /* ; */ ; select * from secret.payroll
=> ?

### filtered rows behind a savepoint
begin
--- then
savepoint s
--- then
select count(*) from shop.events
=> ?
