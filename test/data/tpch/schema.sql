-- The TPC-H schema with rows made by generate_series: small, deterministic, and with the value shapes the 22 queries look for.
create schema tpch;
create table tpch.region as
select i as r_regionkey, (array['AFRICA','AMERICA','ASIA','EUROPE','MIDDLE EAST'])[i + 1]::char(25) as r_name, 'r'::varchar(152) as r_comment
from generate_series(0, 4) i;
create table tpch.nation as
select i as n_nationkey,
  (array['ALGERIA','ARGENTINA','BRAZIL','CANADA','EGYPT','ETHIOPIA','FRANCE','GERMANY','INDIA','INDONESIA','IRAN','IRAQ','JAPAN','JORDAN','KENYA','MOROCCO','MOZAMBIQUE','PERU','CHINA','ROMANIA','SAUDI ARABIA','VIETNAM','RUSSIA','UNITED KINGDOM','UNITED STATES'])[i + 1]::char(25) as n_name,
  (array[0,1,1,1,4,0,3,3,2,2,4,4,2,4,0,0,0,1,2,3,4,2,3,3,1])[i + 1] as n_regionkey, 'n'::varchar(152) as n_comment
from generate_series(0, 24) i;
create table tpch.supplier as
select i as s_suppkey, 'Supplier#' || lpad(i::text, 9, '0') as s_name, 'address ' || i as s_address, i % 25 as s_nationkey,
  (10 + i % 25)::text || '-555-' || lpad(i::text, 4, '0') as s_phone, (i * 37 % 10000)::numeric(15,2) as s_acctbal,
  case when i % 17 = 0 then 'slow Customer Complaints' else 'fine' end as s_comment
from generate_series(1, 100) i;
create table tpch.part as
select i as p_partkey, (array['forest green','blue','almond','linen red','green ivory'])[1 + i % 5] || ' part ' || i as p_name,
  'Manufacturer#' || (1 + i % 5) as p_mfgr, ('Brand#' || (1 + i % 5) || (1 + i % 4))::char(10) as p_brand,
  (array['STANDARD','SMALL','MEDIUM','LARGE','ECONOMY','PROMO'])[1 + i % 6] || ' ' || (array['ANODIZED','BURNISHED','PLATED','POLISHED','BRUSHED'])[1 + i % 5] || ' ' || (array['TIN','NICKEL','BRASS','STEEL','COPPER'])[1 + i / 5 % 5] as p_type,
  1 + i % 50 as p_size, ((array['SM','MED','LG','JUMBO','WRAP'])[1 + i % 5] || ' ' || (array['CASE','BOX','BAG','PACK','PKG','JAR'])[1 + i % 6])::char(10) as p_container,
  (900 + i % 1000)::numeric(15,2) as p_retailprice, 'p' as p_comment
from generate_series(1, 2000) i;
create table tpch.partsupp as
select i as ps_partkey, 1 + (i * 7 + j * 26) % 100 as ps_suppkey, (i * 13 + j * 101) % 9999 as ps_availqty, ((i * 3 + j) % 1000 + 1)::numeric(15,2) as ps_supplycost, 'ps' as ps_comment
from generate_series(1, 2000) i, generate_series(0, 3) j;
create table tpch.customer as
select i as c_custkey, 'Customer#' || lpad(i::text, 9, '0') as c_name, 'address ' || i as c_address, i % 25 as c_nationkey,
  ((10 + i % 25)::text || '-555-' || lpad(i::text, 4, '0'))::char(15) as c_phone, (i * 53 % 11000 - 999)::numeric(15,2) as c_acctbal,
  (array['AUTOMOBILE','BUILDING','FURNITURE','MACHINERY','HOUSEHOLD'])[1 + i % 5]::char(10) as c_mktsegment, 'c' as c_comment
from generate_series(1, 1500) i;
create table tpch.orders as
select i as o_orderkey, 1 + i * 7 % 499 * 3 as o_custkey, (array['O','F','P'])[1 + i % 3]::char(1) as o_orderstatus,
  (i * 97 % 400000 + 1000)::numeric(15,2) as o_totalprice, date '1992-01-01' + (i * 31 % 2400) as o_orderdate,
  (array['1-URGENT','2-HIGH','3-MEDIUM','4-NOT SPECIFIED','5-LOW'])[1 + i % 5]::char(15) as o_orderpriority, 'Clerk#1'::char(15) as o_clerk, 0 as o_shippriority,
  case when i % 11 = 0 then 'special packages requests' else 'plain' end as o_comment
from generate_series(1, 15000) i;
create table tpch.lineitem as
select i as l_orderkey, 1 + (i * 3 + j * 17) % 2000 as l_partkey, 1 + ((1 + (i * 3 + j * 17) % 2000) * 7 + (i + j) % 4 * 26) % 100 as l_suppkey, j as l_linenumber,
  (1 + (i * 7 + j * 3) % 50)::numeric(15,2) as l_quantity, ((i * 131 + j * 17) % 90000 + 900)::numeric(15,2) as l_extendedprice,
  ((i + j) % 11 / 100.0)::numeric(15,2) as l_discount, ((i + j) % 9 / 100.0)::numeric(15,2) as l_tax,
  (array['R','A','N'])[1 + (i + j) % 3]::char(1) as l_returnflag, (array['O','F'])[1 + (i + j) % 2]::char(1) as l_linestatus,
  date '1992-01-01' + (i * 31 % 2400) + 1 + (i + j) % 90 as l_shipdate, date '1992-01-01' + (i * 31 % 2400) + 30 + (i * j) % 60 as l_commitdate,
  date '1992-01-01' + (i * 31 % 2400) + 5 + (i + 2 * j) % 100 as l_receiptdate,
  (array['DELIVER IN PERSON','COLLECT COD','NONE','TAKE BACK RETURN'])[1 + (i + j) % 4]::char(25) as l_shipinstruct,
  (array['REG AIR','AIR','RAIL','SHIP','TRUCK','MAIL','FOB'])[1 + (i * 3 + j) % 7]::char(10) as l_shipmode, 'l' as l_comment
from generate_series(1, 15000) i, generate_series(1, 4) j;
alter table tpch.supplier add primary key (s_suppkey);
alter table tpch.part add primary key (p_partkey);
alter table tpch.partsupp add primary key (ps_partkey, ps_suppkey);
alter table tpch.customer add primary key (c_custkey);
alter table tpch.orders add primary key (o_orderkey);
alter table tpch.lineitem add primary key (l_orderkey, l_linenumber);
create index on tpch.lineitem (l_partkey, l_suppkey);
analyze;
