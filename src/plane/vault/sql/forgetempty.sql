-- $1 number
update vault.record set body = null, version = version + 1 where subject_number = $1 and body is not null
