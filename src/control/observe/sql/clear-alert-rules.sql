delete from observe.alert_rule
