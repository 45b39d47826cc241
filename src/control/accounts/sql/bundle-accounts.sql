with keyed as (
  select subject_id, json_agg(json_build_object(
      'id', id, 'use', use, 'publicKey', replace(encode(public_key, 'base64'), e'\n', ''),
      'expiresAtMs', floor(extract(epoch from expires_at) * 1000)::bigint) order by id) as keys
  from identity.account_key where revoked_at is null and expires_at > $1
  group by subject_id
), opened as (
  select subject_id, json_agg(json_build_object(
      'id', id, 'sha256', encode(sha256, 'base64'),
      'expiresAtMs', floor(extract(epoch from expires_at) * 1000)::bigint) order by id) as api_keys
  from identity.api_key where revoked_at is null and expires_at > $1
  group by subject_id
)
select a.subject_id as subject, a.enforce_context, a.enforce_signed_tokens, a.single_use, a.network_status, a.networks,
  coalesce(k.keys, '[]') as keys, coalesce(o.api_keys, '[]') as api_keys
from identity.account a
left join keyed k on k.subject_id = a.subject_id
left join opened o on o.subject_id = a.subject_id
order by a.subject_id
