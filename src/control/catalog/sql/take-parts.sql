delete from catalog.dictionary_part
where plane = $1 and system_id = $2 and digest = $3
  and (select count(*) from catalog.dictionary_part where plane = $1 and system_id = $2 and digest = $3) = $4
returning part, relations
