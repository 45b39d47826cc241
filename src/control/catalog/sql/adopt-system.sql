-- A system registered again under its old name gets its old tags and descriptions back.
update catalog.system set id = $3, version = 0
where plane = $1 and state = 'removed'
  and id = (select id from catalog.system where plane = $1 and name = $2 and state = 'removed'
    order by updated_at desc limit 1)
  and not exists (select from catalog.system where plane = $1 and id = $3)
