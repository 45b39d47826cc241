-- $1 page
select 1 from vault.subject_page where number = $1 for update
