-- $1 vault number; a page with room, kept from others
select number, used from vault.subject_page where vault_number = $1 and used < 1024
order by number limit 1 for update skip locked
