delete from catalog.dictionary_part where plane = $1 and system_id = $2 and digest <> $3
