select p.name, p.region, p.url, p.state, p.enrolled_at, p.enrolled_by, p.seen_at, p.bundle_serial::text as bundle_serial,
  p.certificate_sha256,
  (r.act - p.acts_before - p.acts_through)::text as acts_waiting
from identity.plane p, identity.revision r
where $1::text is null or p.name = $1
order by p.name
