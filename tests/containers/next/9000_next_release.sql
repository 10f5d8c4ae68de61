-- What a release may bring: columns for the tables that every request reads or writes, filled in for the rows that are
-- there, with a check and an index, and a table that refers to them. It keeps both tables locked until it is done.

alter table users add column locale text not null default 'en';
alter table queries add column locale text;
update queries set locale = 'en';
alter table queries alter column locale set default 'en', alter column locale set not null;
alter table queries add constraint queries_locale check (locale ~ '^[a-z]{2}$');
create index queries_locale on queries (locale, id desc);

create table bookmarks (
    user_id uuid not null references users on delete cascade,
    query_id uuid not null references queries on delete cascade,
    primary key (user_id, query_id)
);
