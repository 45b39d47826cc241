-- The customer may hold what goes to control: all of it (`paused`), or until somebody has looked (`approve`).
alter table border.state
  add column release_mode text not null default 'open' check (release_mode in ('open', 'paused', 'approve')),
  add column released_through bigint not null default 0 check (released_through >= 0);
