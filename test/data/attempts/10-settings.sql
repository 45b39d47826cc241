### role
set role postgres
=> refused 42501

### session authorization
set session authorization postgres
=> refused 42501

### row security
set row_security = off
=> done

### standard strings off
set standard_conforming_strings = off
=> refused 22023

### standard strings by set_config
select set_config('standard_conforming_strings', 'off', false)
=> refused 22023

### backslash quote
set backslash_quote = on
=> refused 22023

### client encoding
set client_encoding = 'LATIN1'
=> refused 22023

### names
set names 'SJIS'
=> refused 22023

### debug messages
set client_min_messages = debug5
=> refused 22023

### print plan
set debug_print_plan = on
=> refused 42501

### log to client
set log_min_messages = debug5
=> refused 42501

### read write
set transaction read write
=> refused 25006

### read write default
set default_transaction_read_only = off
=> refused 25006

### begin read write
begin read write
=> refused 25006

### start transaction read write
start transaction read write
--- then
insert into shop.lookup values ('z', 'z')
=> refused 25006

### session characteristics
set session characteristics as transaction read write
=> refused 25006

### session replication role
set session_replication_role = replica
=> refused 42501

### search path to nothing
set search_path = ''
--- then
select count(*) from shop.orders
=> answer
24

### reset all
reset all
=> done

### reset role
reset role
=> done

### discard all
discard all
=> done

### discard all then read
discard all
--- then
select name from shop.customers order by id
=> answer
C************
C************
C************
C************
C************
C************

### constraint exclusion
set constraint_exclusion = on
=> refused 42501

### plan cache mode
set plan_cache_mode = force_generic_plan
=> refused 42501

### statement timeout raised
set statement_timeout = 0
=> done

### statement timeout lowered
set statement_timeout = '5s'
--- then
select 1
=> answer
1

### application name
set application_name = 'x'
--- then
show application_name
=> answer
x

### time zone
set time zone 'UTC'
--- then
show timezone
=> answer
UTC

### date style
set datestyle = 'ISO, DMY'
=> done

### extra float digits
set extra_float_digits = 3
=> done

### show a secret
show data_directory
=> refused 42704

### show all
show all
=> refused 0A000

### show is fine
show server_version_num
=> answer
150018

### unknown custom setting
set app.user = 'root'
=> refused 42601

### project that is not mine
set privet.project = 'nobody'
=> refused 22023

### subject cannot be set
set privet.subject = 'root'
=> refused 0A000

### local preload
load 'auto_explain'
=> refused 0A000

### auto explain
set auto_explain.log_min_duration = 0
=> refused 42501

### zero damaged pages
set zero_damaged_pages = on
=> refused 42501

### dynamic library path
set dynamic_library_path = '/tmp'
=> refused 42501

### temp tablespaces
set temp_tablespaces = ''
=> refused 42501

### jit
set jit = off
=> done

### work mem
set work_mem = '1TB'
=> refused 42501
