create temp table dbt_staged (id text primary key, kind text not null, record jsonb not null, code text) on commit drop
