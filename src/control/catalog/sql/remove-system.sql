with gone as (
  update catalog.source set state = 'removed' where plane = $1 and system_id = $2 and state <> 'removed'
)
update catalog.system set state = 'removed', updated_at = $3, version = $4
where plane = $1 and id = $2 and state <> 'removed'
