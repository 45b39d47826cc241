with raised as (
  update identity.revision set revision = revision + 1 returning revision
)
select pg_notify('privet_control_changed', 'revision'), revision::text as revision from raised
