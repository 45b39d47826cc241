lock table identity.permission_grant in share row exclusive mode
