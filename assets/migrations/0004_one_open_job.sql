-- One queued or running job of a kind in the whole cluster, whichever replica accepts it. Where several got in
-- before, the one that is furthest goes on.

update jobs set state = 'failed', finished_at = now(), error = 'another job of the same type was open already'
where state in ('queued', 'running') and id not in (
    select distinct on (type) id from jobs where state in ('queued', 'running')
    order by type, state = 'running' desc, id);

create unique index jobs_one_open on jobs (type) where state in ('queued', 'running');
drop index jobs_open;
