-- A vault is a system of the catalog, too: its tables can be found, described, tagged and owned as those of databases.
alter table catalog.system add column engine text not null default 'postgresql' check (engine in ('postgresql', 'vault'));
