update observe.test set removed_at = $3 where plane = $1 and test = any ($2)
