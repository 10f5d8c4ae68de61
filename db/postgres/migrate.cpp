#include "db/postgres/migrate.hpp"

#include <openssl/sha.h>

#include <span>

#include "core/embedded_file.hpp"
#include "core/log.hpp"
#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {

namespace migrations {
std::span<embedded_file const> files();  // assets/migrations, by name
}

namespace {

constexpr char lock_statement[] = "select pg_advisory_lock(hashtextextended('vanna migrations', 0))";
constexpr char make_record[] =
    "create table if not exists schema_migrations (name text primary key, sha256 text not null, "
    "applied_at timestamptz not null default now(), engine text not null default '')";

std::string checksum(std::string_view text) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest);
    std::string out;
    for (auto const byte : digest) {
        constexpr char hex[] = "0123456789abcdef";
        out.push_back(hex[byte >> 4]);
        out.push_back(hex[byte & 15]);
    }
    return out;
}

error foreign_tables(std::string const& names, bool is_older_system) {
    if (is_older_system)
        return error{errc::conflict,
                     public_text{"the database holds the tables of the older Python system (" + names +
                                 ") and no migration record; take them over with: vanna-engine init --adopt"}}
            .with_type("older-system");
    return error{errc::conflict, public_text{"the database holds tables that this engine did not make (" +
                                             names + "); give the engine a database of its own"}}
        .with_type("foreign-tables");
}

// Tables named as ours where no migration was ever recorded.
awaitable<result<void>> refuse_foreign_tables(session& on, deadline limit) {
    auto const found = co_await on.execute(
        "select string_agg(table_name, ', ' order by table_name), bool_or(table_name = 'users' and exists ("
        "select 1 from information_schema.columns c where c.table_schema = current_schema() and "
        "c.table_name = 'users' and c.column_name in ('hashed_password', 'password_hash'))) "
        "from information_schema.tables where table_schema = current_schema() and table_name in "
        "('users', 'queries', 'feedback', 'audit_logs', 'configurations', 'business_ontologies', 'jobs')",
        params{}, limit);
    if (!found) co_return found.error();
    if (!(*found)[0].is_null(0)) co_return foreign_tables((*found)[0].string(0), (*found)[0].boolean(1));
    co_return result<void>{};
}

// What is recorded as applied, with its checksum.
awaitable<result<std::map<std::string, std::string>>> read_record(session& on, deadline limit) {
    std::map<std::string, std::string> out;
    auto const record =
        co_await on.execute("select to_regclass('schema_migrations') is not null", params{}, limit);
    if (!record) co_return record.error();
    if (!(*record)[0].boolean(0)) co_return out;
    auto const list = co_await on.execute("select name, sha256 from schema_migrations", params{}, limit);
    if (!list) co_return list.error();
    for (int i = 0; i < list->size(); ++i)
        out.emplace((*list)[i].string(0), (*list)[i].string(1));
    co_return out;
}

awaitable<result<migration_status>> compare(session& on, deadline limit) {
    migration_status out{.database_exists = true};
    auto recorded = co_await read_record(on, limit);
    if (!recorded) co_return recorded.error();
    if (recorded->empty()) {
        auto const fine = co_await refuse_foreign_tables(on, limit);
        // Tables that another init made since come with their record.
        if (!fine) recorded = co_await read_record(on, limit);
        if (!recorded) co_return recorded.error();
        if (!fine && recorded->empty()) co_return fine.error();
    }
    auto& applied = *recorded;
    for (auto const& file : migrations::files()) {
        std::string const name(file.name);
        auto const known = applied.find(name);
        if (known == applied.end()) {
            out.pending.push_back(name);
            continue;
        }
        if (known->second != checksum(file.bytes))
            co_return error{errc::conflict,
                            public_text{"migration " + name +
                                        " was changed after it was applied to this database; use the release "
                                        "that applied it, or a later one"},
                            internal_text{"recorded " + known->second + ", now " + checksum(file.bytes)}}
                .with_type("migration-changed");
        out.applied.push_back(name);
        applied.erase(known);
    }
    for (auto const& [name, sum] : applied)
        out.unknown.push_back(name);
    co_return out;
}

awaitable<result<void>> apply(session& on, embedded_file const& file, deadline limit) {
    auto const run = [&](std::string sql) { return on.script(std::move(sql), limit); };
    // In the scratch of a restore the rows may tell of maintenance, which is not its own.
    auto done = co_await run("begin; set local vanna.restore = 'on'");
    if (done) done = co_await run(std::string(file.bytes));
    if (done) {
        auto const noted =
            co_await on.execute("insert into schema_migrations (name, sha256, engine) values ($1, $2, $3)",
                                params(file.name, checksum(file.bytes), VANNA_VERSION), limit);
        if (!noted) done = noted.error();
    }
    if (done) done = co_await run("commit");
    if (!done) {
        auto failure = done.error();
        co_await run("rollback");
        failure.message = "migration " + std::string(file.name) + " failed: " + failure.message;
        co_return failure;
    }
    log::info("migration applied", {{"migration", file.name}});
    co_return done;
}

awaitable<result<int>> make_partitions(session& on, deadline limit) {
    auto const made = co_await on.execute("select vanna_ensure_partitions(2)", params{}, limit);
    if (!made) co_return made.error();
    co_return int((*made)[0].integer(0));
}

// Connects to the database, or makes it first where it is missing and the role may.
awaitable<result<std::unique_ptr<session>>> connect(address where, bool may_create, bool& missing,
                                                    deadline limit) {
    auto opened = co_await session::open(where, limit);
    missing = false;
    if (opened) co_return opened;
    for (auto const* maintenance : {"postgres", "template1"}) {
        auto other = co_await session::open(where.with_database(maintenance), limit);
        if (!other) continue;
        auto const known = co_await (*other)->execute("select 1 from pg_database where datname = $1",
                                                      params(where.database()), limit);
        if (!known) break;
        if (!known->empty())
            co_return co_await session::open(where, limit);  // made in the meantime, or another fault
        missing = true;
        if (!may_create) break;
        std::string quoted = "\"";
        for (char const c : where.database())
            quoted.append(c == '"' ? 2 : 1, c);
        auto const made = co_await (*other)->script(
            "create database " + quoted + "\" encoding 'UTF8' template template0", limit);
        // A conflict: somebody else made it at the same moment.
        if (!made && made.error().code != errc::conflict) {
            auto failure = made.error();
            failure.message = "the database \"" + where.database() +
                              "\" does not exist and cannot be made by this role: " + failure.detail;
            co_return failure;
        }
        co_return co_await session::open(where, limit);
    }
    co_return opened;
}

}  // namespace

std::vector<std::string> known_migrations() {
    std::vector<std::string> out;
    for (auto const& file : migrations::files())
        out.emplace_back(file.name);
    return out;
}

awaitable<result<migration_status>> inspect_migrations(address where, deadline limit) {
    bool missing = false;
    auto on = co_await connect(where, false, missing, limit);
    if (!on && missing) {
        migration_status nothing;
        for (auto const& file : migrations::files())
            nothing.pending.emplace_back(file.name);
        co_return nothing;
    }
    if (!on) co_return on.error();
    co_return co_await compare(**on, limit);
}

awaitable<result<void>> make_database(address where, deadline limit) {
    bool missing = false;
    auto const on = co_await connect(where, true, missing, limit);
    if (!on) co_return on.error();
    co_return result<void>{};
}

awaitable<result<migration_status>> migrate(address where, deadline limit) {
    bool missing = false;
    auto on = co_await connect(where, true, missing, limit);
    if (!on) co_return on.error();
    session& db = **on;
    // The lock goes with the connection.
    if (auto const locked = co_await db.execute(lock_statement, params{}, limit); !locked)
        co_return locked.error();
    auto status = co_await compare(db, limit);
    if (!status) co_return status;
    status->applied.clear();
    if (!status->pending.empty())
        if (auto const made = co_await db.script(make_record, limit); !made) co_return made.error();
    for (auto const& file : migrations::files()) {
        if (std::ranges::find(status->pending, file.name) == status->pending.end()) continue;
        if (auto const done = co_await apply(db, file, limit); !done) co_return done.error();
        status->applied.emplace_back(file.name);
    }
    status->pending.clear();
    auto const partitions = co_await make_partitions(db, limit);
    if (!partitions) co_return partitions.error();
    status->partitions_made = *partitions;
    co_return status;
}

}  // namespace vanna::postgres
