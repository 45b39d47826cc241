-- Each kind of thing is gathered once for all subjects.
with grouped as (
  select m.subject_id, array_agg(t.name order by t.name) as groups
  from identity.membership m join identity.team t on t.id = m.team_id
  group by m.subject_id
), granted as (
  select subject_id, array_agg(permission order by permission) as permissions
  from identity.permission_grant
  group by subject_id
), attributed as (
  select subject_id, json_object_agg(key, held order by key) as attributes
  from (
    select subject_id, key, json_agg(value order by value) as held from identity.attribute group by subject_id, key
  ) a
  group by subject_id
), held as (
  select subject_id, json_agg(json_build_object(
      'id', id, 'sha256', encode(sha256, 'base64'),
      'expiresAtMs', floor(extract(epoch from expires_at) * 1000)::bigint,
      'scram', scram) order by id) as tokens
  from identity.token
  where revoked_at is null and expires_at > $1
  group by subject_id
)
select s.id, s.name, s.kind, s.state,
  coalesce(g.groups, '{}') as groups, coalesce(p.permissions, '{}') as permissions,
  coalesce(a.attributes, '{}') as attributes,
  case when s.password_temporary then null else s.scram end as scram,
  coalesce(h.tokens, '[]') as tokens
from identity.subject s
left join grouped g on g.subject_id = s.id
left join granted p on p.subject_id = s.id
left join attributed a on a.subject_id = s.id
left join held h on h.subject_id = s.id
order by s.name
