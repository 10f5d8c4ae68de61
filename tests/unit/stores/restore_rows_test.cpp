// The flip of a restore, on a real server: all of it or nothing, later audit rows kept, old sessions ended,
// and an archive's tables that are not what they seem.
#include "db/postgres/restore_rows.hpp"

#include "db/postgres/scratch.hpp"
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

constexpr char ann[] = "00000000-0000-7000-8000-00000000000a";
constexpr char bob[] = "00000000-0000-7000-8000-00000000000b";

// A live database under maintenance, and a scratch with our tables.
struct before_the_flip : migrated_database {
    uuid job = new_id();
    std::optional<scratch> apart;

    before_the_flip() {
        run("insert into maintenance (active, reason, holder) values (true, 'restore', '" + to_string(job) +
            "')");
        run_coroutine(
            [&]() -> awaitable<void> {
                auto made = co_await make_scratch(where(), new_id(), after(20s));
                BOOST_REQUIRE_MESSAGE(made, made.error().message << made.error().detail);
                apart = *made;
                co_await archived_now("create schema public");
                auto const done = co_await migrate(apart->where, after(20s));
                BOOST_REQUIRE_MESSAGE(done, done.error().message << done.error().detail);
            },
            40s);
    }
    ~before_the_flip() {
        run_coroutine([&]() -> awaitable<void> { co_await drop_scratch(where(), apart->name, after(20s)); },
                      30s);
    }
    awaitable<void> archived_now(std::string sql) {
        auto on = co_await session::open(apart->where, after(5s));
        BOOST_REQUIRE_MESSAGE(on, on.error().detail);
        auto const done = co_await (*on)->script(sql, after(20s));
        BOOST_REQUIRE_MESSAGE(done, sql << ": " << done.error().detail);
    }
    // Statements that shaped what the archive holds.
    void archived(std::string sql) {
        run_coroutine([&]() -> awaitable<void> { co_await archived_now(sql); }, 30s);
    }
    flip plan() const {
        return {.job = job,
                .target = {},
                .knowledge = {},
                .token_life = 1h,
                .entry = {.email = "ann@example.com", .action = "backup.restore", .status = "success"},
                .may_go_on = [] { return result<void>{}; },
                .before_commit = []() -> awaitable<result<void>> { co_return result<void>{}; }};
    }
    result<row_counts> flipped(flip what) {
        result<row_counts> out = error{};
        run_coroutine(
            [&]() -> awaitable<void> {
                out = co_await restore_rows(where(), apart->where, what, after(40s));
            },
            60s);
        return out;
    }
    result<row_counts> flipped() { return flipped(plan()); }
    std::string untouched() const {
        return ask(
            "select concat_ws(',', (select count(*) from users), (select count(*) from revocations), (select "
            "count(*) from audit_logs), (select active from maintenance))");
    }
};

std::string user(std::string id, std::string email, int epoch = 0) {
    return "insert into users (id, email, password_hash, role, session_epoch) values ('" + id + "', '" +
           email + "', 'h', 'admin', " + std::to_string(epoch) + ");";
}

std::string query(std::string id, std::string of) {
    return "insert into queries (id, record_key, user_id, status, sql, created_at, executed_at) values ('" +
           id + "', gen_random_uuid(), '" + of + "', 'success', E'a\\tb\\n\\\\.', now(), now());";
}

std::string said(result<row_counts> const& outcome) {
    return outcome ? "" : outcome.error().message + " | " + outcome.error().detail;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(restore_rows_into_live, before_the_flip)

BOOST_AUTO_TEST_CASE(the_archives_rows_stand_in_for_the_live_ones) {
    run(user(bob, "bob@example.com") + query(to_string(new_id()), bob) +
        "insert into business_ontologies (id, term_name) values (gen_random_uuid(), 'live');"
        "insert into schedules values ('backup', now()); create schema demo; create table demo.x (n int); "
        "insert into "
        "demo.x values (1)");
    auto const id = to_string(new_id());
    archived(user(ann, "ann@example.com") + query(id, ann) +
             "insert into conversations (id, user_id, title) values (gen_random_uuid(), '" + ann +
             "', 'tab\ttitle');" +
             "insert into feedback (id, query_id, user_id, rating) values (gen_random_uuid(), '" + id +
             "', '" + ann +
             "', 5); insert into business_ontologies (id, term_name, synonyms) values (gen_random_uuid(), "
             "'archived', "
             "array['a\"b', 'c,d', null]); insert into schedules values ('train', now());"
             "insert into configurations (id, key, value) values (gen_random_uuid(), 'K', 'v');"
             "insert into schema_versions (id, version, schema) values (gen_random_uuid(), 'v', '{\"a\": "
             "\"\\u0000\"}')");
    auto const outcome = flipped();
    BOOST_REQUIRE_MESSAGE(outcome, said(outcome));
    BOOST_TEST(outcome->at("users") == 1);
    BOOST_TEST(outcome->at("queries") == 1);
    BOOST_TEST(ask("select string_agg(email, ',') from users") == "ann@example.com");
    BOOST_TEST(ask("select count(*) from queries q join feedback f on f.query_id = q.id where q.sql = "
                   "E'a\\tb\\n\\\\.' and q.user_id = '" +
                   std::string(ann) + "'") == "1");
    BOOST_TEST(ask("select count(*) from queries_default") == "0");
    BOOST_TEST(ask("select title from conversations") == "tab\ttitle");
    BOOST_TEST(ask("select string_agg(term_name, ',') from business_ontologies") == "archived");
    BOOST_TEST(ask("select synonyms::text from business_ontologies") == R"({"a\"b","c,d",NULL})");
    BOOST_TEST(ask("select value from configurations") == "v");
    BOOST_TEST(ask("select schema::text from schema_versions") == R"({"a": "\u0000"})");
    BOOST_TEST(ask("select string_agg(name, ',') from schedules") == "backup");
    BOOST_TEST(ask("select count(*) from demo.x") == "1");
}

BOOST_AUTO_TEST_CASE(the_audit_trail_and_the_jobs_only_gain_rows) {
    auto const shared = to_string(new_id()), later = to_string(new_id()), gone = to_string(new_id());
    auto const entry = [](std::string id, std::string action) {
        return "insert into audit_logs (id, action, timestamp) values ('" + id + "', '" + action +
               "', now());";
    };
    run(entry(shared, "as it is") + entry(later, "later") +
        "insert into jobs (id, type, state, owner) values ('" + to_string(job) +
        "', 'restore', 'running', gen_random_uuid())");
    archived(entry(shared, "as it was") + entry(gone, "lost") +
             "insert into jobs (id, type, state, owner) values (gen_random_uuid(), 'backup', 'running', "
             "gen_random_uuid()), (gen_random_uuid(), 'restore', 'queued', gen_random_uuid()), "
             "(gen_random_uuid(), "
             "'train', 'succeeded', gen_random_uuid())");
    auto const outcome = flipped();
    BOOST_REQUIRE_MESSAGE(outcome, said(outcome));
    BOOST_TEST(ask("select string_agg(action, ',' order by action) from audit_logs") ==
               "as it is,backup.restore,later,lost");
    BOOST_TEST(ask("select string_agg(type || ' ' || state, ',' order by type, state) from jobs") ==
               "backup failed,restore failed,restore running,train succeeded");
    BOOST_TEST(ask("select error || (finished_at is not null) from jobs where type = 'backup'") ==
               "it was under way when the backup was takentrue");
    BOOST_TEST(outcome->at("audit_logs") == 1);
    BOOST_TEST(ask("select changes->'rows'->>'jobs' from audit_logs where action = 'backup.restore'") == "3");
}

BOOST_AUTO_TEST_CASE(no_session_from_before_goes_on) {
    run(user(ann, "ann@example.com", 7) + user(bob, "bob@example.com", 3) +
        "insert into refresh_tokens (id, user_id, family_id, hash, expires_at) values (gen_random_uuid(), '" +
        ann +
        "', gen_random_uuid(), 'x', now() + interval '1 day'); insert into password_resets (user_id, hash, "
        "expires_at) values ('" +
        ann +
        "', 'y', now() + interval '1 day');"
        "insert into revocations (id, family_id, expires_at) values (gen_random_uuid(), gen_random_uuid(), "
        "now() + "
        "interval '1 hour')");
    std::string const eve = "00000000-0000-7000-8000-00000000000e";
    archived(
        user(ann, "ann@example.com", 5) + user(eve, "eve@example.com", 9) +
        "insert into refresh_tokens (id, user_id, family_id, hash, expires_at) values (gen_random_uuid(), '" +
        ann +
        "', gen_random_uuid(), 'x', now() + interval '1 day');"
        "insert into revocations (id, family_id, expires_at) values (gen_random_uuid(), gen_random_uuid(), "
        "now() "
        "+ interval '1 hour'), (gen_random_uuid(), gen_random_uuid(), now() - interval '1 hour')");
    BOOST_REQUIRE(flipped());
    BOOST_TEST(ask("select string_agg(email || ' ' || session_epoch, ',' order by email) from users") ==
               "ann@example.com 8,eve@example.com 10");
    BOOST_TEST(
        ask("select string_agg(right(user_id::text, 1) || ' ' || least_epoch, ',' order by user_id) from "
            "revocations where user_id is not null and expires_at > now() + interval '23 hours'") ==
        "a 8,b 4,e 10");
    BOOST_TEST(ask("select count(*) from revocations where family_id is not null") == "2");
    BOOST_TEST(
        ask("select count(*) from revocations where user_id is not null and substr(id::text, 15, 1) = '7' "
            "and id between vanna_first_id(now() - interval '1 hour') and vanna_first_id(now() + interval "
            "'1 hour')") == "3");
    BOOST_TEST(ask("select (select count(*) from refresh_tokens) + (select count(*) from password_resets)") ==
               "0");
}

BOOST_AUTO_TEST_CASE(target_and_collection_move_and_maintenance_ends_with_the_rows) {
    run("insert into target_state (version, origin, size, revision) values ('old', 'source', 1, 4)");
    auto what = plan();
    what.target = replica::target_state{"new", "backup:b1", 9};
    what.knowledge = replica::knowledge_state{"c_7", "builtin", "v"};
    BOOST_REQUIRE(flipped(what));
    BOOST_TEST(ask("select concat_ws(',', version, origin, size, revision) from target_state") ==
               "new,backup:b1,9,5");
    BOOST_TEST(ask("select concat_ws(',', collection, fingerprint, schema_version, revision) from "
                   "knowledge_state") == "c_7,builtin,v,1");
    BOOST_TEST(ask("select concat_ws(',', active, reason, holder is null) from maintenance") == "f,,t");
    BOOST_TEST(ask("select count(*) from audit_logs where id = '" + to_string(what.entry.id) + "'") == "1");
}

BOOST_AUTO_TEST_CASE(without_its_maintenance_nothing_is_flipped) {
    run(user(ann, "ann@example.com"));
    for (std::string holder :
         {"active = false", "holder = gen_random_uuid()", "active = true, holder = null"}) {
        run("update maintenance set " + holder);
        auto const before = untouched();
        auto const outcome = flipped();
        BOOST_REQUIRE(!outcome);
        BOOST_TEST(outcome.error().type == "maintenance-lost");
        BOOST_TEST(untouched() == before);
    }
}

BOOST_AUTO_TEST_CASE(rows_that_break_a_rule_change_nothing_and_are_named) {
    run(user(bob, "bob@example.com"));
    auto const before = untouched();
    auto const refused = [&](std::string sql, std::string table, std::string reason) {
        archived(sql);
        auto const outcome = flipped();
        BOOST_REQUIRE_MESSAGE(!outcome, sql);
        BOOST_TEST(outcome.error().type == "archive-rows", said(outcome));
        BOOST_TEST(outcome.error().message.find("rows of " + table + " do not fit") != std::string::npos,
                   said(outcome));
        BOOST_TEST(outcome.error().message.find(reason) != std::string::npos, said(outcome));
        BOOST_TEST(untouched() == before);
    };
    refused("drop index users_email;" + user(ann, "same@example.com") +
                user("00000000-0000-7000-8000-00000000000c", "SAME@example.com"),
            "users", "users_email");
    refused(
        "delete from users; alter table users drop constraint users_role_check; insert into users (id, "
        "email, "
        "password_hash, role) values (gen_random_uuid(), 'x', 'h', 'god')",
        "users", "users_role_check");
    refused(
        "delete from users; alter table conversations drop constraint conversations_user_id_fkey; insert "
        "into "
        "conversations (id, user_id) values (gen_random_uuid(), gen_random_uuid())",
        "conversations", "foreign key");
    refused(
        "delete from conversations; alter table configurations alter id type text; insert into "
        "configurations "
        "(id, key, value) values ('no id', 'k', 'v')",
        "configurations", "uuid");
    refused(
        "drop table configurations; alter table jobs drop constraint jobs_progress_check; insert into jobs "
        "(id, "
        "type, state, progress, owner) values (gen_random_uuid(), 't', 'failed', 101, gen_random_uuid())",
        "configurations", "does not exist");
}

BOOST_AUTO_TEST_CASE(tables_that_are_not_what_they_seem_act_in_the_scratch_only) {
    archived(
        "create table trace (who text, at text); create function spy() returns text language plpgsql as $$ "
        "begin "
        "insert into trace values (current_user, current_database()); return 'eve@example.com'; exception "
        "when "
        "others then return 'eve@example.com'; end $$; drop table users cascade;"
        "create view users as select gen_random_uuid() as id, spy() as email, 'h'::text as password_hash, "
        "''::text "
        "as full_name, 'admin'::text as role, true as is_active, 0::bigint as session_epoch, "
        "null::timestamptz as "
        "last_login, null::timestamptz as last_query_at, now() as created_at, now() as updated_at;"
        "drop table configurations; create table configurations (id uuid default gen_random_uuid(), key "
        "text, "
        "value text generated always as (upper(key)) stored, description text default '', is_secret bool "
        "default "
        "false, updated_at timestamptz default now(), beside text default 'x');"
        "insert into configurations (key) values ('shout'); create rule r as on insert to configurations do "
        "instead nothing");
    auto const roles = ask("select count(*) from pg_roles");
    auto const outcome = flipped();
    BOOST_REQUIRE_MESSAGE(outcome, said(outcome));
    BOOST_TEST(ask("select string_agg(email, ',') from users") == "eve@example.com");
    BOOST_TEST(ask("select value from configurations") == "SHOUT");
    BOOST_TEST(ask("select to_regclass('trace') is null and to_regproc('spy') is null") == "t");
    BOOST_TEST(ask("select relkind from pg_class where oid = 'users'::regclass") == "r");
    BOOST_TEST(ask("select count(*) from pg_roles") == roles);
}

BOOST_AUTO_TEST_CASE(names_and_settings_of_the_scratch_cannot_change_what_is_read) {
    archived(
        user(ann, "ann@example.com") +
        "create schema evil; create table evil.users as select * from public.users with no data; create "
        "function evil.now() returns timestamptz language sql as 'select null::timestamptz'; alter role " +
        apart->name + " set search_path = evil, public, pg_catalog; alter role " + apart->name +
        " set statement_timeout = 1; alter role " + apart->name + " set bytea_output = 'escape'");
    auto const outcome = flipped();
    BOOST_REQUIRE_MESSAGE(outcome, said(outcome));
    BOOST_TEST(ask("select email from users") == "ann@example.com");
}

BOOST_AUTO_TEST_CASE(a_row_beyond_all_measure_is_refused_before_it_is_sent) {
    archived(user(ann, "ann@example.com") + "update users set full_name = repeat('x', 70000000)");
    auto const outcome = flipped();
    BOOST_REQUIRE(!outcome);
    BOOST_TEST(outcome.error().type == "archive-rows");
    BOOST_TEST(outcome.error().message.find("64 MiB") != std::string::npos, outcome.error().message);
}

BOOST_AUTO_TEST_CASE(readers_see_the_old_rows_until_the_end_and_writers_wait) {
    run(user(bob, "bob@example.com"));
    archived(user(ann, "ann@example.com"));
    auto what = plan();
    what.before_commit = [this]() -> awaitable<result<void>> {
        auto other = co_await session::open(where(), after(5s));
        BOOST_REQUIRE(other);
        auto const seen = co_await (*other)->execute("select email from users", params{}, after(5s));
        BOOST_REQUIRE_MESSAGE(seen, seen.error().detail);
        BOOST_TEST((*seen)[0].string(0) == "bob@example.com");
        BOOST_TEST(!co_await (*other)->script("set lock_timeout = 50; update users set full_name = 'late'",
                                              after(5s)));
        BOOST_TEST(bool(co_await (*other)->script(
            "insert into audit_logs (id, action, timestamp) values (gen_random_uuid(), 'meanwhile', now())",
            after(5s))));
        co_return result<void>{};
    };
    BOOST_REQUIRE(flipped(what));
    BOOST_TEST(ask("select email || full_name from users") == "ann@example.com");
    BOOST_TEST(ask("select count(*) from audit_logs where action = 'meanwhile'") == "1");
}

BOOST_AUTO_TEST_CASE(writers_are_refused_during_maintenance_and_those_from_before_are_waited_for) {
    run("update maintenance set active = false");
    run(user(bob, "bob@example.com"));
    run_coroutine(
        [&]() -> awaitable<void> {
            auto writer = co_await session::open(where(), after(5s));
            co_await (*writer)->script("begin; update users set full_name = 'before'", after(5s));
            auto other = co_await session::open(where(), after(5s));
            co_await (*other)->script("update maintenance set active = true", after(5s));
            auto const late =
                co_await (*other)->script("update users set full_name = 'late' where id is null", after(5s));
            BOOST_REQUIRE(!late);
            BOOST_TEST(late.error().detail.find("VM001") != std::string::npos, late.error().detail);
            BOOST_TEST(bool(late.error().code == errc::unavailable));
            bool committed = false;
            co_await side_by_side(2, [&](std::size_t i) -> awaitable<void> {
                if (i == 0) {
                    auto const quiet = co_await wait_for_writers(where(), after(20s));
                    BOOST_TEST(bool(quiet));
                    BOOST_TEST(committed);
                    co_return;
                }
                for (bool waits = false; !waits;) {
                    auto const found = co_await (*other)->execute(
                        "select exists (select 1 from pg_locks where not granted and relation = "
                        "'users'::regclass)",
                        params{}, after(5s));
                    waits = found && (*found)[0].boolean(0);
                }
                committed = true;
                BOOST_TEST(bool(co_await (*writer)->script("commit", after(5s))));
            });
        },
        40s);
    BOOST_TEST(ask("select full_name from users") == "before");
}

BOOST_AUTO_TEST_CASE(whoever_holds_a_table_when_it_begins_is_waited_for) {
    run(user(bob, "bob@example.com"));
    archived(user(ann, "ann@example.com"));
    run_coroutine(
        [&]() -> awaitable<void> {
            auto writer = co_await session::open(where(), after(5s));
            co_await (*writer)->script(
                "begin; set local vanna.restore = 'on'; update users set full_name = 'first'", after(5s));
            co_await side_by_side(2, [&](std::size_t i) -> awaitable<void> {
                if (i == 0) {
                    auto const outcome = co_await restore_rows(where(), apart->where, plan(), after(20s));
                    BOOST_TEST(bool(outcome), said(outcome));
                    co_return;
                }
                auto watcher = co_await session::open(where(), after(5s));
                for (bool waits = false; !waits;) {
                    auto const found = co_await (*watcher)->execute(
                        "select exists (select 1 from pg_locks where not granted and relation = "
                        "'users'::regclass)",
                        params{}, after(5s));
                    waits = (*found)[0].boolean(0);
                }
                BOOST_TEST(bool(co_await (*writer)->script("commit", after(5s))));
            });
        },
        40s);
    BOOST_TEST(ask("select email from users") == "ann@example.com");
}

BOOST_AUTO_TEST_CASE(whoever_gives_up_before_the_commit_has_changed_nothing) {
    run(user(bob, "bob@example.com"));
    archived(
        "insert into users (id, email, password_hash, role) select gen_random_uuid(), n::text, 'h', 'viewer' "
        "from "
        "generate_series(1, 2000) n");
    auto const before = untouched();
    auto cancelled = plan();
    int asked = 0;
    cancelled.may_go_on = [&]() -> result<void> {
        if (++asked > 12) return error{errc::cancelled, public_text{"cancelled"}};
        return {};
    };
    BOOST_TEST((flipped(cancelled).error().code == errc::cancelled));
    auto lost = plan();
    lost.before_commit = []() -> awaitable<result<void>> {
        co_return error{errc::conflict, public_text{"the lock was lost"}};
    };
    BOOST_TEST(flipped(lost).error().message == "the lock was lost");
    BOOST_TEST(untouched() == before);
    BOOST_REQUIRE(flipped());
    BOOST_TEST(ask("select count(*) from users") == "2000");
}

BOOST_AUTO_TEST_CASE(it_is_known_afterwards_whether_a_flip_was_committed) {
    archived(user(ann, "ann@example.com"));
    auto const what = plan();
    auto const settled = [&](deadline limit) {
        result<bool> out = error{};
        run_coroutine(
            [&]() -> awaitable<void> { out = co_await settle_flip(where(), job, what.entry.id, limit); });
        return out;
    };
    auto watched = what;
    watched.before_commit = [&]() -> awaitable<result<void>> {
        auto const early = co_await settle_flip(where(), job, what.entry.id, after(300ms));
        BOOST_TEST(!early);  // it waits for the flip
        co_return result<void>{};
    };
    BOOST_REQUIRE(flipped(watched));
    BOOST_TEST(*settled(after(5s)));

    run("update maintenance set active = true, holder = '" + to_string(job) + "'");
    auto const second = plan();
    run_coroutine([&]() -> awaitable<void> {
        BOOST_TEST(!*co_await settle_flip(where(), job, second.entry.id, after(5s)));
    });
    BOOST_TEST(ask("select active from maintenance") == "f");
    BOOST_TEST(flipped(second).error().type == "maintenance-lost");
}

BOOST_AUTO_TEST_CASE(many_rows_pass_in_bounded_memory) {
    archived(
        "insert into queries (id, record_key, status, sql, created_at, executed_at) select "
        "gen_random_uuid(), "
        "gen_random_uuid(), 'success', repeat(md5(n::text), 100), now(), now() from generate_series(1, "
        "30000) n");
    auto const outcome = flipped();
    BOOST_REQUIRE_MESSAGE(outcome, said(outcome));
    BOOST_TEST(outcome->at("queries") == 30000);
    BOOST_TEST(ask("select count(*) from queries") == "30000");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
