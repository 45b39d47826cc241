create table odd.texts (
  id integer primary key,
  label text not null,
  content text not null
);

create table odd.sparse (
  id integer primary key,
  a text, b text, c text, d numeric, e timestamptz, f jsonb, g text[], h inet, i bytea, j uuid
);

create table odd."Mixed ""Case"" Täble" (
  "Id" integer primary key,
  "select" text,
  "e-mail address" text,
  "ünïcode" text
);
