select id, code from dbt_staged where id = any ($1::text[])
