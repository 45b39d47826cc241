insert into observe.alert_rule (name, position, rule, changed_at, changed_by) values ($1, $2, $3, $4, $5)
