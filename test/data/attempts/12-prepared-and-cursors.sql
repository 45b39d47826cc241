### prepare and execute
prepare p as select name from shop.customers order by id
--- then
execute p
=> answer
C************
C************
C************
C************
C************
C************

### prepare with a parameter
prepare p (text) as select id from shop.customers where name = $1
--- then
execute p ('CANARY-name-1')
=> answer

### prepare a write
prepare p as delete from shop.customers
=> refused 25006

### execute unknown
execute nobody
=> refused 26000

### execute with a dangerous argument
prepare p (text) as select $1
--- then
execute p (pg_read_file('/etc/passwd'))
=> refused 42883

### deallocate then execute
prepare p as select 1
--- then
deallocate p
--- then
execute p
=> refused 26000

### prepare twice
prepare p as select 1
--- then
prepare p as select 2
=> refused 42P05

### declare and fetch
begin
--- then
declare c cursor for select name from shop.customers order by id
--- then
fetch all from c
=> answer
C************
C************
C************
C************
C************
C************

### declare with hold
declare c cursor with hold for select name from shop.customers order by id
=> done

### scroll backward
begin
--- then
declare c scroll cursor for select name from shop.customers order by id
--- then
fetch last from c
--- then
fetch prior from c
=> answer
C************

### binary cursor
begin
--- then
declare c binary cursor for select name from shop.customers order by id
--- then
fetch all from c
=> answer
C************
C************
C************
C************
C************
C************

### cursor over a stream column
begin
--- then
declare c cursor for select contact from shop.customers where id = 1
--- then
move 1 in c
=> done

### fetch from an unknown cursor
begin
--- then
fetch all from nobody
=> refused 34000

### current of
begin
--- then
declare c cursor for select id from shop.lookup
--- then
update shop.lookup set label = '' where current of c
=> refused 25P02

### cursor to xml
begin
--- then
declare c cursor for select name from shop.customers
--- then
select cursor_to_xml('c', 10, true, false, '')
=> refused 42883

### create table as execute
prepare p as select * from shop.lookup
--- then
create table x as execute p
=> refused 25006

### close and fetch
begin
--- then
declare c cursor for select 1
--- then
close c
--- then
fetch c
=> refused 34000

### many statements
select 1; select name from shop.customers order by id
=> answer
1
C************
C************
C************
C************
C************
C************

### many statements with a refused one
select 1; select * from secret.payroll; select 2
=> refused 42P01

### many statements with a write
select 1; delete from shop.lookup
=> refused 25006

### hidden after a comment
select 1 /* ; */ ; select * from secret.payroll
=> refused 42P01

### filtered rows behind a savepoint
begin
--- then
savepoint s
--- then
select count(*) from shop.events
=> answer
6
