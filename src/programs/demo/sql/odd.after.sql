comment on schema odd is 'Content that breaks careless programs';
comment on table odd.texts is 'Very long, very strange, very empty texts';
comment on table odd.sparse is 'Nearly everything is null';
comment on table odd."Mixed ""Case"" Täble" is 'A name that must be quoted, with columns that must be quoted';
