delete from operator.quarantined where id = any ($1::text[])
