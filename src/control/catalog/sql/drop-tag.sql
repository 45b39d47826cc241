delete from catalog.tag t
where t.name = $1 and not t.built_in
  and not exists (select from catalog.tagging g where g.tag = t.name or starts_with(g.tag, t.name || '.'))
  and not exists (select from catalog.tag c where starts_with(c.name, t.name || '.'))
