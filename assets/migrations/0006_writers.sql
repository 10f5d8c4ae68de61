-- While a restore keeps writers away, nobody but it changes what it replaces: not the replica that has not heard of it
-- yet, nor the request that was let in a moment before.

create function vanna_keep_writers_away() returns trigger language plpgsql as $$
begin
    if current_setting('vanna.restore', true) is distinct from 'on'
       and exists (select 1 from maintenance where active) then
        raise exception 'a restore keeps writers away' using errcode = 'VM001';
    end if;
    return null;
end $$;

do $$
declare
    replaced text;
begin
    foreach replaced in array array['users', 'refresh_tokens', 'password_resets', 'configurations', 'schema_versions',
                                    'business_ontologies', 'knowledge_examples', 'conversations', 'queries', 'feedback'] loop
        execute format('create trigger keep_writers_away before insert or update or delete on %I '
                       'for each statement execute function vanna_keep_writers_away()', replaced);
    end loop;
end $$;
