-- $1 vault, $2 plane, $3 version, $4 system
select from catalog.vault v where v.id = $1 and v.plane = $2 and v.version = $3
  and not exists (select from catalog.system y where y.plane = $2 and y.id = $4)
