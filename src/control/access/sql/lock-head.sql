select revision::text, authored::text from access.head for update
