-- $1 vault number, $2 principal, $3 start of the window, $4 values (at most $5; 0 asks whether any are left), $5 values at most
insert into vault.reveal_count (vault_number, principal, window_start_ms, values_shown) values ($1, $2, $3, $4)
on conflict (vault_number, principal, window_start_ms) do update
  set values_shown = vault.reveal_count.values_shown + excluded.values_shown
  where vault.reveal_count.values_shown < $5 and vault.reveal_count.values_shown + excluded.values_shown <= $5
