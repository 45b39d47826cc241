select id from observe.incident where state = 'open' order by opened_at limit $1
