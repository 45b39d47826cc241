select count(*)::integer as open, count(*) filter (where emergency)::integer as emergencies
from operator."grant"
where operator = $1 and (stage in ('requested', 'active') or (emergency and stage = 'ended'))
