-- Every change of what replicas agree on is announced on the channel vanna_changes, whoever makes it; the
-- payload is the table. Announcements can get lost: replicas also compare vanna_fingerprint() twice a second.

create function vanna_announce() returns trigger language plpgsql as $$
begin
    perform pg_notify('vanna_changes', tg_table_name);
    return null;
end $$;

create trigger announce after insert or update or delete on revocations
    for each statement execute function vanna_announce();
create trigger announce after insert or update or delete on cancellations
    for each statement execute function vanna_announce();
create trigger announce after insert or update or delete on maintenance
    for each statement execute function vanna_announce();
create trigger announce after insert or update or delete on configurations
    for each statement execute function vanna_announce();
create trigger announce after insert or update or delete on target_state
    for each statement execute function vanna_announce();
create trigger announce after insert or update or delete on knowledge_state
    for each statement execute function vanna_announce();

-- Differs after any committed change of those tables: each row version has its own (xmin, ctid).
create function vanna_fingerprint() returns text language sql stable as $$
    select concat_ws(',',
        (select count(*) || ':' || coalesce(sum(hashtext(xmin::text || ctid::text)), 0) from revocations),
        (select count(*) || ':' || coalesce(sum(hashtext(xmin::text || ctid::text)), 0) from cancellations),
        (select count(*) || ':' || coalesce(sum(hashtext(xmin::text || ctid::text)), 0) from maintenance),
        (select count(*) || ':' || coalesce(sum(hashtext(xmin::text || ctid::text)), 0) from configurations),
        (select count(*) || ':' || coalesce(sum(hashtext(xmin::text || ctid::text)), 0) from target_state),
        (select count(*) || ':' || coalesce(sum(hashtext(xmin::text || ctid::text)), 0) from knowledge_state))
$$;
