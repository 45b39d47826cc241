select exists (select from identity.subject) as any
