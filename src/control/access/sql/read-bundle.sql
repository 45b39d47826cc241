select serial::text, revision::text, act::text, issued_at from access.bundle where plane = $1
