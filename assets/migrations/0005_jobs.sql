-- What jobs are about, how often their rows have changed (ids of their events), and who asked for their end; when each
-- schedule last fired; which folder holds the backups; which restore keeps writers away.

alter table jobs
    add column subject text not null default '',
    add column revision bigint not null default 0,
    add column cancel_requested boolean not null default false;

create table schedules (
    name text primary key,
    fired_for timestamptz not null
);

create table backup_folder (
    id boolean primary key default true check (id),
    marker uuid not null,
    recorded_at timestamptz not null default now()
);

alter table maintenance add column holder uuid;
