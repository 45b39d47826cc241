-- $1 how many
select nextval('vault.number')::integer as number from generate_series(1, $1)
