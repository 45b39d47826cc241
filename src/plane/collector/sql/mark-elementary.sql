insert into collector.elementary_mark (warehouse, relation, through_ms) values ($1, $2, $3)
on conflict (warehouse, relation) do update set through_ms = greatest(collector.elementary_mark.through_ms, excluded.through_ms)
