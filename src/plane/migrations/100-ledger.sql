-- The append-only log of the plane: one row a leaf (docs/formats/ledger-leaf.md).
create schema ledger;

create table ledger.leaf (
  index bigint primary key check (index >= 0),
  -- canonical JSON; the bound is what a C2SP tlog-tiles entry bundle can hold (uint16 length)
  entry text not null check (octet_length(entry) between 2 and 65535),
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
  chain bytea not null check (octet_length(chain) = 32)
);

-- Nearly all leaves are queries; what is not must be found without reading those. No other leaf can hold this text:
-- within a JSON text its quotes would be escaped.
create view ledger.act as
  select index, entry, leaf_hash, chain from ledger.leaf where entry not like '%"kind":"query"%';
create index leaf_act on ledger.leaf (index) where entry not like '%"kind":"query"%';

-- Stops mistakes and stolen statements, not whoever owns the table: the owner can drop a trigger. What that owner
-- cannot do is rewrite history unnoticed, for the chain, the head file and the heads sent with each heartbeat.
create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only' using errcode = 'insufficient_privilege';
end
$$;

create trigger leaf_append_only before update or delete on ledger.leaf
  for each row execute function ledger.refuse_change();
create trigger leaf_no_truncate before truncate on ledger.leaf
  for each statement execute function ledger.refuse_change();

-- Appends in one round trip; a second implementation of src/plane/ledger/chain.ts, which every verification compares.
-- Read committed gives each statement of a volatile function its own snapshot, so the last leaf is read after the lock
-- was got; in a stricter transaction a race ends in a duplicate key, never in a fork.
create function ledger.append(plane text, entries text[])
  returns table (index bigint, leaf_hash bytea, chain bytea)
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  entry text;
begin
  perform pg_advisory_xact_lock(533437);
  select l.index, l.chain into index, chain from ledger.leaf l order by l.index desc limit 1;
  if not found then
    index := -1;
    chain := sha256(convert_to('privet-ledger/v1' || chr(10) || plane, 'UTF8'));
  end if;
  foreach entry in array entries loop
    index := index + 1;
    leaf_hash := sha256('\x00'::bytea || convert_to(entry, 'UTF8'));
    chain := sha256(chain || leaf_hash);
    insert into ledger.leaf (index, entry, leaf_hash, chain) values (index, entry, leaf_hash, chain);
    return next;
  end loop;
end
$$;
revoke execute on function ledger.append(text, text[]) from public;

revoke all on schema ledger from public;
revoke all on ledger.leaf, ledger.act from public;
revoke execute on function ledger.refuse_change() from public;
-- The owner gives up its own rights to change rows too; the trigger stays for roles that are granted them later.
do $$
begin
  execute format('revoke update, delete, truncate on ledger.leaf from %I', current_user);
end
$$;
