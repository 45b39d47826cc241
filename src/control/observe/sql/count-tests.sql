select count(*) filter (where status = 'pass')::int as pass, count(*) filter (where status = 'warn')::int as warn,
  count(*) filter (where status = 'fail')::int as fail, count(*) filter (where status = 'error')::int as error
from observe.test where removed_at is null
