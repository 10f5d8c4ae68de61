-- The tables every installation has. Ids are UUIDv7, made by the server.

create table users (
    id uuid primary key,
    email text not null check (email <> ''),
    password_hash text not null,
    full_name text not null default '',
    role text not null check (role in ('admin', 'analyst', 'viewer')),
    is_active boolean not null default true,
    session_epoch bigint not null default 0,
    last_login timestamptz,
    last_query_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index users_email on users (lower(email));

create table refresh_tokens (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    family_id uuid not null,
    hash bytea not null unique,
    expires_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null default now()
);
create index refresh_tokens_family on refresh_tokens (family_id);
create index refresh_tokens_user on refresh_tokens (user_id);
create index refresh_tokens_expiry on refresh_tokens (expires_at);

create table password_resets (
    user_id uuid primary key references users on delete cascade,
    hash bytea not null unique,
    expires_at timestamptz not null,
    created_at timestamptz not null default now()
);

-- What replicas agree on; they read these together, see 0003.
create table revocations (
    id uuid primary key,
    family_id uuid,
    user_id uuid,
    least_epoch bigint not null default 0,
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    check (family_id is not null or user_id is not null)
);
create index revocations_expiry on revocations (expires_at);

create table cancellations (
    query_id uuid primary key,
    requested_by uuid not null,
    by_admin boolean not null default false,
    created_at timestamptz not null default now()
);

create table maintenance (
    id boolean primary key default true check (id),
    active boolean not null default false,
    reason text not null default '',
    updated_at timestamptz not null default now()
);

create table configurations (
    id uuid primary key,
    key text not null unique,
    value text not null,
    description text not null default '',
    is_secret boolean not null default false,
    updated_at timestamptz not null default now()
);

create table target_state (
    target text primary key default 'default',
    version text not null,
    origin text not null,
    size bigint not null default 0,
    revision bigint not null,
    updated_at timestamptz not null default now()
);

create table knowledge_state (
    target text primary key default 'default',
    collection text not null,
    fingerprint text not null default '',
    schema_version text not null default '',
    revision bigint not null,
    updated_at timestamptz not null default now()
);

create table schema_versions (
    id uuid primary key,
    target text not null default 'default',
    version text not null,
    schema json not null,
    difference json not null default 'null',
    created_at timestamptz not null default now()
);
create index schema_versions_target on schema_versions (target, id desc);

create table jobs (
    id uuid primary key,
    type text not null,
    state text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    progress integer not null default 0 check (progress between 0 and 100),
    stage text not null default '',
    error text not null default '',
    requested_by text not null default '',
    result text not null default '',
    owner uuid not null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    heartbeat timestamptz
);
create index jobs_type on jobs (type, id desc);
create index jobs_open on jobs (type) where state in ('queued', 'running');

create table business_ontologies (
    id uuid primary key,
    term_name text not null check (term_name <> ''),
    description text not null default '',
    synonyms text[] not null default '{}',
    data_source text not null default '',
    owner text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index business_ontologies_name on business_ontologies (lower(term_name));

create table knowledge_examples (
    id uuid primary key,
    question text not null check (question <> ''),
    sql text not null check (sql <> ''),
    state text not null check (state in ('proposed', 'approved', 'rejected', 'stale')),
    proposed_by text not null default '',
    approved_by text not null default '',
    approved_at timestamptz,
    created_at timestamptz not null default now()
);
create unique index knowledge_examples_approved
    on knowledge_examples (lower(regexp_replace(btrim(question), '\s+', ' ', 'g'))) where state = 'approved';
create index knowledge_examples_state on knowledge_examples (state, id desc);

create table conversations (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    title text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index conversations_user on conversations (user_id, id desc);
