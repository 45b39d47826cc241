-- Policy documents with their history, projects with their members, bundles, and the reasons of decisions.
create schema access;

-- One row, locked by whoever changes the set. `revision` numbers the applied sets; 0 is the empty one.
create table access.head (
  one boolean primary key default true check (one),
  revision bigint not null default 0,
  authored bigint not null default 0
);
insert into access.head default values;

create table access.revision (
  number bigint primary key,
  at timestamptz not null,
  by_name text not null,
  message text not null
);

-- Every version of every document; the set of a revision is, of each document, the last version not after it.
create table access.document (
  family text not null check (family in ('policy', 'purpose', 'project', 'test')),
  name text not null,
  revision bigint not null references access.revision,
  kind text not null,
  -- place in authored order, kept when a document is edited: the earlier of two equal masks wins
  authored bigint not null,
  text text not null,
  -- text, not jsonb: the order of keys is the author's
  json text not null,
  removed boolean not null default false,
  primary key (family, name, revision)
);

create table access.project (
  id text primary key,
  name text not null unique,
  created_at timestamptz not null
);

create table access.member (
  project_id text not null references access.project on delete cascade,
  subject_id text not null references identity.subject on delete cascade,
  added_at timestamptz not null,
  added_by text not null,
  primary key (project_id, subject_id)
);
create index member_subject on access.member (subject_id);

-- Counts only as long as the purpose still says what was acknowledged.
create table access.acknowledgement (
  project_id text not null,
  subject_id text not null,
  purpose text not null,
  statement_sha256 text not null,
  at timestamptz not null,
  primary key (project_id, subject_id, purpose),
  foreign key (project_id, subject_id) references access.member on delete cascade
);

-- The newest bundle of each plane and what it was built from.
create table access.bundle (
  plane text primary key references identity.plane (name) on delete cascade on update cascade,
  serial bigint not null,
  revision bigint not null,
  act bigint not null,
  issued_at timestamptz not null
);

-- What a decision was about and why it came out so, without the values bound into it. Kept once for each id.
create table access.decision (
  id text primary key,
  plane text not null,
  subject_id text not null,
  source_id text not null,
  project_id text,
  purpose text,
  first_at timestamptz not null,
  decision jsonb not null
);
create index decision_first_at on access.decision (first_at);
