update observe.asset a set columns = x.columns, columns_tested = x.columns_tested, monitors = x.monitors, tests = x.tests
from jsonb_to_recordset($1::jsonb) as x(id bigint, columns integer, columns_tested integer, monitors integer, tests integer)
where a.id = x.id
