-- $1 page, $2 places used
update vault.subject_page set used = $2 where number = $1
