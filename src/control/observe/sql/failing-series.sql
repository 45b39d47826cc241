select plane, key from observe.signal where state = 'failing' and starts_with(key, 'series:')
