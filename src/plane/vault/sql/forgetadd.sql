-- $1 number, $2 records, $3 tokens, $4 files
update vault.subject set records = records + $2, tokens = tokens + $3, files = files + $4 where number = $1
