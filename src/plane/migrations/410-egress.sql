-- Systems that were registered before there was an egress keep their way out; new ones get it at registration.
insert into egress.rule (id, origin, system_id, workload, host, port, purpose, networks, added_at_ms)
select 'egr_' || substr(md5('egress' || id), 1, 26), 'system', id, 'sources', host, port, 'source',
       '{private,loopback}', registered_at_ms
from sources.system;
