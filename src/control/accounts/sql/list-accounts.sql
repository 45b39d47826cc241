select s.id, s.name, s.display_name, s.state, s.created_at, s.created_by,
  coalesce(a.enforce_context, false) as enforce_context,
  coalesce(a.enforce_signed_tokens, false) as enforce_signed_tokens,
  coalesce(a.single_use, false) as single_use,
  coalesce(a.network_status, 'INACTIVE') as network_status,
  coalesce(a.networks, '{}') as networks
from identity.subject s
left join identity.account a on a.subject_id = s.id
where s.kind = 'service' and ($1::text is null or s.id = $1 or s.name = $1) and ($2::text is null or s.name > $2)
order by s.name
limit $3
