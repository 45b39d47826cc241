### role
set role postgres
=> ?

### session authorization
set session authorization postgres
=> ?

### row security
set row_security = off
=> ?

### standard strings off
set standard_conforming_strings = off
=> ?

### standard strings by set_config
select set_config('standard_conforming_strings', 'off', false)
=> ?

### backslash quote
set backslash_quote = on
=> ?

### client encoding
set client_encoding = 'LATIN1'
=> ?

### names
set names 'SJIS'
=> ?

### debug messages
set client_min_messages = debug5
=> ?

### print plan
set debug_print_plan = on
=> ?

### log to client
set log_min_messages = debug5
=> ?

### read write
set transaction read write
=> ?

### read write default
set default_transaction_read_only = off
=> ?

### begin read write
begin read write
=> ?

### start transaction read write
start transaction read write
--- then
insert into shop.lookup values ('z', 'z')
=> ?

### session characteristics
set session characteristics as transaction read write
=> ?

### session replication role
set session_replication_role = replica
=> ?

### search path to nothing
set search_path = ''
--- then
select count(*) from shop.orders
=> ?

### reset all
reset all
=> ?

### reset role
reset role
=> ?

### discard all
discard all
=> ?

### discard all then read
discard all
--- then
select name from shop.customers order by id
=> ?

### constraint exclusion
set constraint_exclusion = on
=> ?

### plan cache mode
set plan_cache_mode = force_generic_plan
=> ?

### statement timeout raised
set statement_timeout = 0
=> ?

### statement timeout lowered
set statement_timeout = '5s'
--- then
select 1
=> ?

### application name
set application_name = 'x'
--- then
show application_name
=> ?

### time zone
set time zone 'UTC'
--- then
show timezone
=> ?

### date style
set datestyle = 'ISO, DMY'
=> ?

### extra float digits
set extra_float_digits = 3
=> ?

### show a secret
show data_directory
=> ?

### show all
show all
=> ?

### show is fine
show server_version_num
=> ?

### unknown custom setting
set app.user = 'root'
=> ?

### project that is not mine
set privet.project = 'nobody'
=> ?

### subject cannot be set
set privet.subject = 'root'
=> ?

### local preload
load 'auto_explain'
=> ?

### auto explain
set auto_explain.log_min_duration = 0
=> ?

### zero damaged pages
set zero_damaged_pages = on
=> ?

### dynamic library path
set dynamic_library_path = '/tmp'
=> ?

### temp tablespaces
set temp_tablespaces = ''
=> ?

### jit
set jit = off
=> ?

### work mem
set work_mem = '1TB'
=> ?
