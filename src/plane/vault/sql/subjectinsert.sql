-- $1 vault number, $2 numbers, $3 digests; who was first keeps its number
insert into vault.subject (vault_number, number, digest)
select $1, number, digest from unnest($2::bigint[], $3::bytea[]) as new (number, digest)
on conflict (vault_number, digest) where state <> 'forgotten' do nothing
