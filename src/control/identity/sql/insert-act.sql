with counted as (
  update identity.revision set act = act + 1 returning act
), written as (
  insert into identity.act (number, at, actor_id, actor_name, action, target, after, request_id, address)
  select act, $1, $2, $3, $4, $5, $6, $7, $8 from counted
)
select pg_notify('privet_control_changed', 'act'), act::text as number from counted
