-- Not where the owner's runs, or all of them, would hold more than they may.
insert into vault.detect_run (id, vault, owner, sealed, until_at)
select $1, $2, $3, $4::bytea, $5
where length($4::bytea) + (select coalesce(sum(length(sealed)), 0) from vault.detect_run where owner = $3) <= $6::bigint
  and length($4::bytea) + (select coalesce(sum(length(sealed)), 0) from vault.detect_run) <= $7::bigint
