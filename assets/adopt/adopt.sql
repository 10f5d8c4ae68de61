-- Copies what the older Python system kept, from the schema vanna_old where its tables were put aside, into
-- this engine's tables. Its columns went by several names over time, so rows are read as JSON. Rows that make
-- no sense here stay behind in vanna_old.

create function pg_temp.moment(text) returns timestamptz language plpgsql as $$
begin
    return coalesce($1::timestamptz, now());
exception when others then
    return now();
end $$;

-- A UUIDv7 of that time.
create function pg_temp.new_id(moment timestamptz) returns uuid language sql volatile as $$
    select (left(replace(vanna_first_id(moment)::text, '-', ''), 12) || '7' || substr(random_part, 1, 3) || '8'
            || substr(random_part, 4, 15))::uuid
    from (select replace(gen_random_uuid()::text, '-', '') as random_part) r
$$;

create function pg_temp.old_rows(name text) returns table (old_id text, made timestamptz, r jsonb) language plpgsql as $$
begin
    if to_regclass('vanna_old.' || name) is not null then
        return query execute format(
            'select to_jsonb(t)->>''id'', pg_temp.moment(coalesce(to_jsonb(t)->>''created_at'', to_jsonb(t)->>''timestamp'')), '
            'to_jsonb(t) from vanna_old.%I t', name);
    end if;
end $$;

create temporary table adopted_users on commit drop as
select distinct on (lower(email)) pg_temp.new_id(made) as id, email, old_id, made, r
from (select o.*, coalesce(nullif(r->>'email', ''), nullif(r->>'username', ''), 'user-' || old_id) as email
      from pg_temp.old_rows('users') o) u
order by lower(email), made, old_id;

insert into users (id, email, password_hash, full_name, role, is_active, last_login, created_at, updated_at)
select id, email,
       case when hash ~ '^\$2[aby]\$\d\d\$' then hash else '!' end,
       coalesce(r->>'full_name', r->>'name', ''),
       case when lower(coalesce(r->>'role', '')) in ('admin', 'administrator', 'superuser')
                 or r->>'is_superuser' = 'true' or r->>'is_admin' = 'true' then 'admin'
            when lower(coalesce(r->>'role', '')) in ('analyst', 'editor', 'user') then 'analyst'
            else 'viewer' end,
       coalesce((r->>'is_active')::boolean, true),
       case when r->>'last_login' is not null then pg_temp.moment(r->>'last_login') end, made, now()
from (select *, coalesce(r->>'password_hash', r->>'hashed_password', '') as hash from adopted_users) u
on conflict do nothing;

create temporary table user_ids on commit drop as
select o.old_id, u.id, u.email from pg_temp.old_rows('users') o
join users u on lower(u.email) = lower(coalesce(nullif(o.r->>'email', ''), nullif(o.r->>'username', ''), 'user-' || o.old_id));

create temporary table query_ids on commit drop as
select old_id, pg_temp.new_id(made) as id, made, r from pg_temp.old_rows('queries');

insert into queries (id, record_key, user_id, question, sql, generator, status, error, result_count, duration_ms,
                     created_at, executed_at)
select q.id, q.id, u.id,
       coalesce(r->>'question', r->>'natural_language_query', r->>'query_text', ''),
       coalesce(r->>'sql', r->>'generated_sql', r->>'sql_query', ''), 'adopted',
       case lower(coalesce(r->>'status', '')) when 'success' then 'success' when 'completed' then 'success'
            when 'cancelled' then 'cancelled' when 'timeout' then 'timeout' else 'error' end,
       coalesce(r->>'error', r->>'error_message', ''),
       case when coalesce(r->>'result_count', r->>'row_count') ~ '^\d{1,15}$'
            then coalesce(r->>'result_count', r->>'row_count')::bigint else 0 end,
       case when coalesce(r->>'duration_ms', r->>'execution_time_ms') ~ '^\d{1,12}(\.\d+)?$'
            then coalesce(r->>'duration_ms', r->>'execution_time_ms')::float8 else 0 end,
       made, made
from query_ids q left join user_ids u on u.old_id = r->>'user_id';

insert into feedback (id, query_id, user_id, rating, comment, created_at)
select pg_temp.new_id(f.made), q.id, u.id, (f.r->>'rating')::numeric::int, coalesce(f.r->>'comment', f.r->>'feedback_text', ''), f.made
from pg_temp.old_rows('feedback') f
join query_ids q on q.old_id = f.r->>'query_id' join user_ids u on u.old_id = f.r->>'user_id'
where f.r->>'rating' ~ '^[1-5](\.0+)?$'
order by f.made desc
on conflict do nothing;

insert into audit_logs (id, user_id, email, action, resource, changes, request_id, ip, status, timestamp)
select pg_temp.new_id(a.made), u.id, coalesce(u.email, a.r->>'email', a.r->>'username', ''), coalesce(a.r->>'action', 'adopted'),
       coalesce(a.r->>'resource', concat_ws('/', a.r->>'resource_type', a.r->>'resource_id'), ''),
       coalesce(a.r->'changes', a.r->'details'), coalesce(a.r->>'request_id', ''),
       coalesce(a.r->>'ip', a.r->>'ip_address', ''), coalesce(a.r->>'status', ''), a.made
from pg_temp.old_rows('audit_logs') a left join user_ids u on u.old_id = a.r->>'user_id';

insert into business_ontologies (id, term_name, description, synonyms, data_source, owner)
select pg_temp.new_id(made), name, coalesce(r->>'description', r->>'definition', ''),
       case jsonb_typeof(r->'synonyms')
            when 'array' then array(select jsonb_array_elements_text(r->'synonyms'))
            when 'string' then array(select btrim(s) from unnest(string_to_array(r->>'synonyms', ',')) s where btrim(s) <> '')
            else '{}' end,
       coalesce(r->>'data_source', ''), coalesce(r->>'owner', '')
from (select *, coalesce(r->>'term_name', r->>'term', r->>'name', '') as name
      from pg_temp.old_rows('business_ontologies')) o
where name <> ''
on conflict do nothing;

alter schema vanna_old rename to vanna_adopted;
