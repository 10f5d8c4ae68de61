-- What a verified pair's statement answers with, for which version of the target that was last seen, and why it is stale.

alter table knowledge_examples
    add column columns text[],
    add column checked_version text not null default '',
    add column checked_at timestamptz,
    add column problem text not null default '';

-- The turns of a conversation are the queries that name it.

create index queries_conversation on queries (conversation_id, id desc) where conversation_id is not null;
create index conversations_updated on conversations (updated_at);
