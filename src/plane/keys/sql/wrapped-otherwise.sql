-- $1 service that wraps now, $2 scope and $3 version to go on behind, $4 how many at most
select scope, version, wrapped, provider from keys.data_key
where provider <> $1 and (scope, version) > ($2, $3)
order by scope, version
limit $4
