-- $1 vault id; digests of who was forgotten, or is being
select s.digest from vault.subject s join vault.vault v on v.number = s.vault_number
where v.id = $1 and s.state <> 'kept'
