-- For planes that are asked instead of calling: the newest request that was answered, so that none is answered twice, and the
-- last fact that an answer held.
alter table border.state
  add column pulled_at_ms bigint not null default 0 check (pulled_at_ms >= 0),
  add column handed_through bigint not null default 0 check (handed_through >= 0);
