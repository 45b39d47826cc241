update observe.alert set content = $2 where id = $1 and content is null
