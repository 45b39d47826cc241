-- $1 windows that began before this
delete from vault.reveal_count where window_start_ms < $1
