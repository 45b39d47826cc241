select id from operator."grant" where stage in ('requested', 'active') order by id limit 1000
