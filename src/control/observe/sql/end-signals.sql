update observe.signal set state = 'ok', since = $4, at = greatest(at, $4)
where state = 'failing' and (asset_id = any ($3::bigint[]) or (plane = $1 and key = any ($2::text[])))
returning plane, key
