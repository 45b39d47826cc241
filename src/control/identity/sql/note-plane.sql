update identity.plane p
set seen_at = $2,
  acts_through = greatest(p.acts_through, least($3, (select act from identity.revision) - p.acts_before)),
  bundle_serial = greatest(p.bundle_serial, $4)
where name = $1
