select r.id, r.vault, r.name, r.display_name, r.description, r.definition, r.created_at, r.created_by,
  coalesce(json_agg(json_build_object('id', s.id, 'name', s.name, 'kind', s.kind) order by s.name)
    filter (where s.id is not null), '[]') as members
from identity.vault_role r
left join identity.vault_role_member m on m.role_id = r.id
left join identity.subject s on s.id = m.subject_id
where ($1::text is null or r.vault = $1) and ($2::text is null or r.id = $2)
  and ($3::text is null or exists
    (select from identity.vault_role_member o where o.role_id = r.id and o.subject_id = $3))
group by r.id
order by r.vault, r.name
