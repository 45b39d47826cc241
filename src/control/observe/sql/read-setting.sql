select scoring, retention from observe.setting
