update identity.attempt set failures = greatest(failures - 1, 0) where scope = $1
