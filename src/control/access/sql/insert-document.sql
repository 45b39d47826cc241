insert into access.document (family, name, revision, kind, authored, text, json, removed)
values ($1, $2, $3, $4, $5, $6, $7, $8)
