lock table access.bundle in share row exclusive mode
