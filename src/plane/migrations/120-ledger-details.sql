-- Details of a leaf: what people wrote and what can name a person. The entry, which is signed, holds a salted commitment to
-- them; here they are, salt first, until they are erased (docs/formats/ledger-leaf.md).
alter table ledger.leaf
  add column details bytea check (octet_length(details) between 34 and 65567);

create or replace view ledger.act as
  select index, entry, leaf_hash, chain, details from ledger.leaf where entry not like '%"kind":"query"%';

-- How far entries are pruned: leaves before `size` may go from the table; `chain` is the value before the first that stays.
create table ledger.floor (
  single boolean primary key default true check (single),
  size bigint not null check (size >= 0 and size % 256 = 0),
  chain bytea not null check (octet_length(chain) = 32)
);

-- A floor only rises.
create function ledger.refuse_lower_floor() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'DELETE' or new.size < old.size then
    raise exception 'the ledger is append-only' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
create trigger floor_rises before update or delete on ledger.floor
  for each row execute function ledger.refuse_lower_floor();

-- A leaf may lose its details, and go when it is below the floor. Nothing else about it ever changes.
create or replace function ledger.refuse_change() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'UPDATE' then
    if new.details is null
      and new.index = old.index and new.entry = old.entry
      and new.leaf_hash = old.leaf_hash and new.chain = old.chain then
      return new;
    end if;
  elsif tg_op = 'DELETE' and tg_level = 'ROW' then
    if old.index < (select coalesce(max(f.size), 0) from ledger.floor f) then
      return old;
    end if;
  end if;
  raise exception 'the ledger is append-only' using errcode = 'insufficient_privilege';
end
$$;

drop function ledger.append(text, text[]);
create function ledger.append(plane text, entries text[], kept bytea[])
  returns table (index bigint, leaf_hash bytea, chain bytea)
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  perform pg_advisory_xact_lock(533437);
  select l.index, l.chain into index, chain from ledger.leaf l order by l.index desc limit 1;
  if not found then
    index := -1;
    chain := sha256(convert_to('privet-ledger/v1' || chr(10) || plane, 'UTF8'));
  end if;
  for i in 1 .. cardinality(entries) loop
    index := index + 1;
    leaf_hash := sha256('\x00'::bytea || convert_to(entries[i], 'UTF8'));
    chain := sha256(chain || leaf_hash);
    insert into ledger.leaf (index, entry, leaf_hash, chain, details)
      values (index, entries[i], leaf_hash, chain, kept[i]);
    return next;
  end loop;
end
$$;

revoke execute on function ledger.append(text, text[], bytea[]) from public;
revoke execute on function ledger.refuse_lower_floor() from public;
revoke all on ledger.floor from public;
-- What the triggers let through, and no more.
do $$
begin
  execute format('grant update (details), delete on ledger.leaf to %I', current_user);
end
$$;
