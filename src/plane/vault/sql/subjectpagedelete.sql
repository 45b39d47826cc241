-- $1 vault number
delete from vault.subject_page where vault_number = $1 returning number
