select rule from observe.alert_rule order by position
