lock table identity.subject in share row exclusive mode
