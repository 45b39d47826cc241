-- a large vault takes longer to delete than a statement may
set local statement_timeout = 0
