delete from vault.detect_run
where id in (select id from vault.detect_run where until_at <= $1 order by until_at limit 1000 for update skip locked)
