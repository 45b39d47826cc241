delete from collector.upload where loaded_at_ms < $1
