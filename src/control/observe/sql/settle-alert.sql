update observe.alert set state = $2, sent_at = $3, code = $4, due_at = coalesce($5, due_at) where id = $1
