-- The tables that grow: queries and the audit trail, in monthly partitions by the time inside the UUIDv7 id.
-- Rows whose id is of no prepared month are in the default partition.

create table queries (
    id uuid not null,
    record_key uuid not null,
    user_id uuid references users on delete set null,
    conversation_id uuid,
    target text not null default 'default',
    question text not null default '',
    sql text not null default '',
    params text not null default '',
    generator text not null default '',
    status text not null check (status in ('pending', 'success', 'error', 'cancelled', 'timeout', 'refused')),
    error text not null default '',
    result_count bigint not null default 0,
    duration_ms double precision not null default 0,
    truncated boolean not null default false,
    cached boolean not null default false,
    target_version text not null default '',
    created_at timestamptz not null,
    executed_at timestamptz not null,
    primary key (id)
) partition by range (id);
create index queries_user on queries (user_id, id desc);
create table queries_default partition of queries default;

create table feedback (
    id uuid primary key,
    query_id uuid not null references queries on delete cascade,
    user_id uuid not null references users on delete cascade,
    rating integer not null check (rating between 1 and 5),
    comment text not null default '',
    created_at timestamptz not null default now(),
    unique (query_id, user_id)
);

create table audit_logs (
    id uuid not null,
    user_id uuid,
    email text not null default '',
    action text not null,
    resource text not null default '',
    changes jsonb,
    request_id text not null default '',
    ip text not null default '',
    status text not null default '',
    timestamp timestamptz not null,
    primary key (id)
) partition by range (id);
create index audit_logs_user on audit_logs (user_id, id desc);
create index audit_logs_action on audit_logs (action text_pattern_ops, id desc);
create table audit_logs_default partition of audit_logs default;

-- Rows of the audit trail are never changed, and leave only by retention, which names its limit first.
create function vanna_audit_is_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and old.id < nullif(current_setting('vanna.audit_retention', true), '')::uuid then
        return old;
    end if;
    raise exception 'audit_logs is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_logs_append_only before update or delete on audit_logs
    for each row execute function vanna_audit_is_append_only();

create function vanna_audit_is_not_truncated() returns trigger language plpgsql as $$
begin
    raise exception 'audit_logs is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_logs_not_truncated before truncate on audit_logs
    for each statement execute function vanna_audit_is_not_truncated();
create trigger audit_logs_not_truncated before truncate on audit_logs_default
    for each statement execute function vanna_audit_is_not_truncated();

-- The smallest UUIDv7 of a moment.
create function vanna_first_id(moment timestamptz) returns uuid language sql stable as $$
    select (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the partitions of this month and of `months_ahead` more; how many are new. A month whose rows are in
-- the default partition already stays there.
create function vanna_ensure_partitions(months_ahead integer) returns integer language plpgsql
set timezone = 'UTC' as $$
declare
    parent text;
    first_day timestamptz;
    part text;
    made integer := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended('vanna partitions', 0));
    foreach parent in array array['queries', 'audit_logs'] loop
        for i in 0..months_ahead loop
            first_day := date_trunc('month', now(), 'UTC') + make_interval(months => i);
            part := parent || to_char(first_day at time zone 'UTC', '_YYYY_MM');
            continue when to_regclass(part) is not null;
            begin
                execute format('create table %I partition of %I for values from (%L) to (%L)', part, parent,
                               vanna_first_id(first_day), vanna_first_id(first_day + interval '1 month'));
                if parent = 'audit_logs' then
                    execute format('create trigger audit_logs_not_truncated before truncate on %I '
                                   'for each statement execute function vanna_audit_is_not_truncated()', part);
                end if;
                made := made + 1;
            exception when check_violation then
                raise warning 'partition % is not made: the default partition holds rows of that month', part;
            end;
        end loop;
    end loop;
    return made;
end $$;

-- Drops the months of `parent` that ended before `moment`, feedback on their queries first, and the older rows
-- of the default partition; how many rows went.
create function vanna_drop_history(parent text, moment timestamptz) returns bigint language plpgsql
set timezone = 'UTC' as $$
declare
    part text;
    gone bigint := 0;
    step bigint;
begin
    if parent not in ('queries', 'audit_logs') then
        raise exception 'no history is kept in %', parent;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('vanna partitions', 0));
    perform set_config('lock_timeout', '10s', true);
    for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = parent::regclass and c.relname ~ (parent || '_\d{4}_\d{2}$')
          and (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC' <= moment
        order by 1
    loop
        if parent = 'queries' then
            execute format('delete from feedback where query_id in (select id from %I)', part);
        end if;
        execute format('select count(*) from %I', part) into step;
        gone := gone + step;
        execute format('alter table %I detach partition %I', parent, part);
        execute format('drop table %I', part);
    end loop;
    perform set_config('vanna.audit_retention', vanna_first_id(moment)::text, true);
    execute format('delete from %I where id < %L', parent || '_default', vanna_first_id(moment));
    get diagnostics step = row_count;
    perform set_config('vanna.audit_retention', '', true);
    return gone + step;
end $$;
