-- What planes say there is, and what people say about it.
create schema catalog;

create table catalog.system (
  plane text not null,
  id text not null,
  name text not null,
  state text not null default 'active' check (state in ('active', 'removed')),
  mode text not null,
  -- the plane's own count: an older or equal dictionary changes nothing
  version bigint not null,
  digest text not null,
  server_version integer not null,
  registered_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (plane, id)
);
create unique index system_name on catalog.system (plane, name) where state = 'active';

-- Parts of a dictionary that has not come whole yet
create table catalog.dictionary_part (
  plane text not null,
  system_id text not null,
  digest text not null,
  part integer not null,
  parts integer not null,
  relations jsonb not null,
  primary key (plane, system_id, digest, part)
);

create table catalog.source (
  id text primary key,
  plane text not null,
  system_id text not null,
  schema text not null,
  name text not null,
  kind text not null,
  -- disabled: by a person; removed: the table is gone upstream
  state text not null default 'active' check (state in ('active', 'disabled', 'removed')),
  description text not null default '',
  comment text not null default '',
  -- as the plane tells them: [{ columns, schema, name, references }]
  foreign_keys jsonb not null default '[]',
  first_seen_at timestamptz not null,
  reviewed_at timestamptz,
  reviewed_by text,
  unique (plane, system_id, schema, name),
  foreign key (plane, system_id) references catalog.system (plane, id) on update cascade
);

create table catalog.source_column (
  source_id text not null references catalog.source on delete cascade,
  name text not null,
  position integer not null,
  type text not null,
  not_null boolean not null,
  in_key boolean not null,
  description text not null default '',
  comment text not null default '',
  first_seen_at timestamptz not null,
  primary key (source_id, name)
);

create table catalog.tag (
  name text primary key,
  description text not null default '',
  sensitive boolean not null default false,
  built_in boolean not null default false,
  created_at timestamptz not null default now(),
  created_by text not null
);
insert into catalog.tag (name, description, sensitive, built_in, created_by) values
  ('New', 'found after registration and not reviewed yet: masked until it is', true, true, 'privet');

-- column_name '' is the source itself
create table catalog.tagging (
  source_id text not null references catalog.source on delete cascade,
  column_name text not null default '',
  tag text not null references catalog.tag (name),
  by_kind text not null
    check (by_kind in ('person', 'introspection', 'policy', 'lineage', 'detector')),
  by_name text not null,
  at timestamptz not null,
  primary key (source_id, column_name, tag)
);
create index tagging_tag on catalog.tagging (tag);

create table catalog.owner (
  source_id text not null references catalog.source on delete cascade,
  subject_id text not null references identity.subject on delete cascade,
  at timestamptz not null,
  primary key (source_id, subject_id)
);
create index owner_subject on catalog.owner (subject_id);
