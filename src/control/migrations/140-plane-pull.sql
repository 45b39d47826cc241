-- When control last asked a plane that makes no connections itself: each request is dated later than the one before.
alter table identity.plane add column pulled_at_ms bigint not null default 0;
