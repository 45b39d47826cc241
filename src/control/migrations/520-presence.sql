-- Since when a plane is heard without a break, and through when: by its own clock, as its heartbeats say. What a plane that is away, or
-- whose outbox is held, has not told by then is not missing.
create table observe.presence (
  plane text primary key,
  since timestamptz not null,
  through timestamptz not null
);

alter table observe.monitor
  -- by the plane's clock: since when it is active under this schedule
  add column active_since timestamptz not null default now(),
  add column severity text not null default 'normal',
  add column owners text[] not null default '{}',
  add column tags text[] not null default '{}';
