select s.id, s.name, s.kind, s.state,
  array(select t.name from identity.membership m join identity.team t on t.id = m.team_id
    where m.subject_id = s.id order by t.name) as groups,
  array(select p.permission from identity.permission_grant p where p.subject_id = s.id order by p.permission) as permissions,
  coalesce((select jsonb_object_agg(a.key, a.held) from (
    select key, jsonb_agg(value order by value) as held from identity.attribute where subject_id = s.id group by key
  ) a), '{}') as attributes,
  case when s.password_temporary then null else s.scram end as scram,
  coalesce((select jsonb_agg(jsonb_build_object(
      'id', t.id, 'sha256', encode(t.sha256, 'base64'),
      'expiresAtMs', floor(extract(epoch from t.expires_at) * 1000)::bigint,
      'scram', t.scram) order by t.id)
    from identity.token t where t.subject_id = s.id and t.revoked_at is null and t.expires_at > $1), '[]') as tokens
from identity.subject s
order by s.name
