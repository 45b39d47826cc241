delete from observe.test_result where at < $1
