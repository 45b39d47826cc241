select revision::text from access.head
