-- What values and tokens lead to, always by index and under one plan a connection. Left to itself the planner thinks that many digests of a table
-- whose size it last knew small are best looked for by reading all of it, and plans anew for each call, which costs more than the call.
create function vault.lookups_of(wanted_space integer, digests bytea, most bigint)
  returns table ("position" integer, record uuid, "table" integer)
  language plpgsql stable set search_path = pg_catalog set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
begin
  return query
    select place, found.record_id, found.table_number
    from generate_series(1, octet_length(digests) / 16) as wanted (place)
    cross join lateral (
      select l.record_id, l.table_number from vault.lookup l
      where l.space = wanted_space and l.digest = substring(digests from wanted.place * 16 - 15 for 16)
      order by l.record_id limit most
    ) found
    order by place, found.record_id limit most;
end
$$;

-- Digests one after the other; a deterministic token stands for the first record with its value.
create function vault.tokens_of(wanted_vault integer, digests bytea)
  returns table (
    "position" integer, gone boolean, space integer, "ownerTable" integer, "ownerColumn" integer, "ownerRecord" uuid,
    "valueDigest" bytea, "expiresAtMs" bigint, binding bytea, "foundTable" integer, "foundRecord" uuid
  )
  language plpgsql stable set search_path = pg_catalog set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
begin
  return query
    select place, t.gone, t.space, t.table_number, t.column_number, t.record_id, t.value_digest, t.expires_at_ms, t.binding,
      found.table_number, found.record_id
    from generate_series(1, octet_length(digests) / 16) as wanted (place)
    cross join lateral (
      select * from vault.token
      where vault_number = wanted_vault and digest = substring(digests from wanted.place * 16 - 15 for 16) limit 1
    ) t
    left join lateral (
      select l.table_number, l.record_id from vault.lookup l
      where t.value_digest is not null and l.space = t.space and l.digest = t.value_digest
      order by l.record_id limit 1
    ) found on true;
end
$$;
