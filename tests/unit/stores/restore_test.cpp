// Restores on real stores: back to one moment, whole or not at all, whichever step is the last.
#include "jobs/restore.hpp"

#include "db/chroma/names.hpp"
#include "db/postgres/scratch.hpp"
#include "tests/unit/stores/installation.hpp"

namespace vanna::jobs {
namespace {

using namespace test;

struct killed {};

// Steps in their order.
constexpr std::string_view steps[] = {"checking the backup",
                                      "reading the backup",
                                      "checking the target database",
                                      "making a scratch database",
                                      "loading the system database",
                                      "building the vectors",
                                      "placing the target database",
                                      "keeping writers away",
                                      "backing up what is replaced",
                                      "putting the rows in place",
                                      "committing",
                                      "cleaning up"};

// A backup of an older state, and changes since: another term, another target file, a later audit entry.
struct changed_since : installation {
    backup_set set;
    std::string older, newer;  // versions of the target
    uuid job;

    changed_since() {
        on_stores([this](restore_parts& parts) -> awaitable<void> {
            run("insert into users (id, email, password_hash, role, session_epoch) values "
                "(gen_random_uuid(), "
                "'ann@example.com', 'h', 'admin', 3)");
            add_term("alpha");
            co_await publish_target(parts);
            co_await learn(parts);
            set = co_await take_backup(parts);
            older = ask("select version from target_state");
            target.run("insert into shops values (2, 'Oslo')");
            co_await publish_target(parts);
            newer = ask("select version from target_state");
            run("delete from business_ontologies");
            add_term("beta");
            run("insert into audit_logs (id, action, timestamp) values (gen_random_uuid(), 'later', now())");
            co_await learn(parts);
        });
    }

    // Of all that a restore changes.
    std::string state() const {
        return ask(
            "select concat_ws(' ', (select string_agg(term_name, ',') from business_ontologies), (select "
            "version || ' ' || origin from target_state), coalesce((select active from maintenance), false), "
            "(select "
            "session_epoch from users), (select count(*) from audit_logs where action = 'later'))");
    }
    std::string as_it_was() const { return "beta " + newer + " source f 3 1"; }
    std::string as_restored() const { return "alpha " + older + " backup:" + set.name.id + " f 4 1"; }

    awaitable<result<boost::json::object>> attempt(restore_parts& parts, told_progress& told) {
        co_return co_await restore(parts, {.set = set, .requested_by = "ann@example.com"}, told);
    }
    result<boost::json::object> restored(std::function<void(told_progress&)> first = {}) {
        result<boost::json::object> out = error{};
        on_stores([&](restore_parts& parts) -> awaitable<void> {
            job = co_await open_job(parts, "restore");
            told_progress told(job);
            if (first) first(told);
            out = co_await attempt(parts, told);
            run("update jobs set state = '" + std::string(out ? "succeeded" : "failed") +
                "', finished_at = now() where id = '" + to_string(job) + "'");
        });
        return out;
    }
    void look_after() {
        on_stores([&](restore_parts& parts) -> awaitable<void> {
            auto const locks = postgres::create_lock_store(parts.stores.rows);
            auto const looked = co_await look_after_restores(parts, *locks, after(60s));
            BOOST_TEST(bool(looked), (looked ? "" : looked.error().message));
        });
    }
    // No scratch, no file, no collection but the current one and those it replaced.
    void check_nothing_stays(std::string const& after_what) {
        on_stores([&](restore_parts& parts) -> awaitable<void> {
            BOOST_TEST((co_await postgres::list_scratches(where(), after(5s)))->empty(), after_what);
            auto const current = chroma::generation_of(ask("select collection from knowledge_state"), base);
            for (auto const& name : co_await collections(parts))
                BOOST_TEST((chroma::generation_of(name, base) <= current), after_what << ": " << name);
        });
        auto const odd = left_over();
        BOOST_TEST(odd.empty(), after_what << ": " << (odd.empty() ? "" : *odd.begin()));
    }
};

std::string said(result<boost::json::object> const& outcome) {
    return outcome ? "" : outcome.error().message + " | " + outcome.error().detail;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(restores, changed_since)

BOOST_AUTO_TEST_CASE(everything_returns_to_the_moment_of_the_backup) {
    BOOST_REQUIRE(state() == as_it_was());
    std::vector<std::string> seen;
    at_step = [&](std::string_view step) {
        if (seen.empty() || seen.back() != step) seen.emplace_back(step);
    };
    auto const outcome = restored();
    BOOST_REQUIRE_MESSAGE(outcome, said(outcome));
    BOOST_TEST(state() == as_restored());
    BOOST_TEST(seen == std::vector<std::string>(std::begin(steps), std::end(steps)),
               boost::test_tools::per_element());
    BOOST_TEST(sqlite_file::bytes_of(folder.target_file(older)).size() ==
               std::filesystem::file_size(target.path()));
    BOOST_TEST(
        (std::filesystem::status(folder.target_file(older)).permissions() == std::filesystem::perms(0400)));
    BOOST_TEST(
        (std::filesystem::status(folder.targets()).permissions() == std::filesystem::perms::owner_all));
    on_stores([&](restore_parts& parts) -> awaitable<void> {
        auto const now_is = co_await parts.stores.replicas.read(after(5s));
        auto const collection = co_await parts.stores.chroma.get(now_is->knowledge.collection, after(5s));
        BOOST_REQUIRE_MESSAGE(collection, collection.error().message);
        auto const records = co_await parts.stores.chroma.page(collection->id, {.limit = 100}, after(5s));
        BOOST_REQUIRE(records);
        std::string subjects;
        for (auto const& r : *records)
            subjects += r.document + "\n";
        BOOST_TEST(subjects.find("alpha") != std::string::npos);
        BOOST_TEST(subjects.find("beta") == std::string::npos);
        BOOST_TEST(subjects.find("shops") != std::string::npos);
    });
    auto const& vectors = outcome->at("vectors").as_object();
    BOOST_TEST(vectors.at("kept").to_number<int>() == 1);
    BOOST_TEST(vectors.at("embedded").to_number<int>() > 0);
    BOOST_TEST(ask("select count(*) from revocations where user_id is not null and least_epoch = 4") == "1");
    check_nothing_stays("a restore");
    auto const safety = folder.find(std::string(outcome->at("safety_backup_id").as_string()));
    BOOST_REQUIRE(safety);
    set = *safety;
    std::filesystem::copy_file(folder.target_file(older), copy,
                               std::filesystem::copy_options::overwrite_existing);  // as the replica does
    auto const back = restored();
    BOOST_REQUIRE_MESSAGE(back, said(back));
    BOOST_TEST(ask("select term_name from business_ontologies") == "beta");
    BOOST_TEST(ask("select version from target_state") == newer);
}

BOOST_AUTO_TEST_CASE(a_process_that_dies_at_any_step_leaves_all_or_nothing_and_the_next_look_says_which) {
    for (auto const last : steps) {
        BOOST_TEST_CONTEXT(last) {
            auto const before = state();
            at_step = [last](std::string_view step) {
                if (step == last) throw killed();
            };
            on_stores([&](restore_parts& parts) -> awaitable<void> {
                job = co_await open_job(parts, "restore");
                told_progress told(job);
                bool died = false;
                try {
                    (void)co_await attempt(parts, told);
                } catch (killed const&) {
                    died = true;
                }
                BOOST_TEST(died);
            });
            at_step = {};
            bool const committed = last == "cleaning up";
            bool const has_journal = left_over().contains(".restore-journal.json");
            look_after();
            BOOST_TEST(state() == (committed ? as_restored() : before));
            if (has_journal) {
                auto const row = "from jobs where id = '" + to_string(job) + "'";
                BOOST_TEST(ask("select state " + row) == (committed ? "succeeded" : "failed"));
                auto const told = ask("select error " + row);
                BOOST_TEST((committed || told.find("everything is as it was") != std::string::npos), told);
            }
            run("update jobs set state = 'failed', finished_at = now() where state = 'running'");
            check_nothing_stays(std::string(last));
            BOOST_TEST(restored_targets() == std::size_t(committed));
        }
    }
}

BOOST_AUTO_TEST_CASE(cancelling_at_any_step_cleans_up_at_once) {
    for (auto const last : steps) {
        if (last == "cleaning up") continue;
        BOOST_TEST_CONTEXT(last) {
            told_progress* telling = nullptr;
            at_step = [&](std::string_view step) {
                if (step == last) telling->flag->request(sql::stop_reason::requested);
            };
            auto const outcome = restored([&](told_progress& told) { telling = &told; });
            BOOST_REQUIRE(!outcome);
            BOOST_TEST((outcome.error().code == errc::cancelled), outcome.error().message);
            BOOST_TEST(state() == as_it_was());
            check_nothing_stays(std::string(last));
            BOOST_TEST(restored_targets() == 0u);
        }
    }
}

BOOST_AUTO_TEST_CASE(whoever_lost_the_lock_or_the_maintenance_changes_nothing) {
    told_progress* telling = nullptr;
    at_step = [&](std::string_view step) {
        if (step == "committing") telling->alone = false;
    };
    auto const unlocked = restored([&](told_progress& told) { telling = &told; });
    BOOST_TEST(unlocked.error().message == "the lock was lost");
    BOOST_TEST(state() == as_it_was());
    check_nothing_stays("a lost lock");

    at_step = [&](std::string_view step) {
        if (step == "putting the rows in place") run("update maintenance set active = false, holder = null");
    };
    auto const opened = restored();
    BOOST_TEST(opened.error().type == "maintenance-lost");
    BOOST_TEST(state() == as_it_was());
    check_nothing_stays("a lost maintenance");
}

BOOST_AUTO_TEST_CASE(an_archive_of_another_key_needs_trust_and_one_that_was_changed_is_never_taken) {
    auto const own = keys;
    keys.signing = {"00000000000000bb", std::string(32, 'x')};
    auto const other = restored();
    BOOST_REQUIRE(!other);
    BOOST_TEST(other.error().type == "archive-other-signing-key");
    BOOST_TEST(other.error().message.find("--trust") != std::string::npos, other.error().message);
    keys.signing = {own.signing.id, std::string(32, 'y')};
    for (bool const trust : {false, true})
        on_stores([&](restore_parts& parts) -> awaitable<void> {
            job = co_await open_job(parts, "restore");
            told_progress told(job);
            auto const changed = co_await restore(parts, {.set = set, .trust = trust}, told);
            BOOST_TEST(changed.error().type == "archive-tampered");
            run("update jobs set state = 'failed', finished_at = now() where state = 'running'");
        });
    BOOST_TEST(state() == as_it_was());
    keys.signing = {"00000000000000bb", std::string(32, 'x')};
    on_stores([&](restore_parts& parts) -> awaitable<void> {
        job = co_await open_job(parts, "restore");
        told_progress told(job);
        auto const trusted = co_await restore(parts, {.set = set, .trust = true}, told);
        BOOST_REQUIRE_MESSAGE(trusted, said(trusted));
    });
    BOOST_TEST(state() == as_restored());
}

BOOST_AUTO_TEST_CASE(stale_maintenance_ends_with_the_next_look_and_a_running_restores_stays) {
    auto const holder = to_string(new_id());
    run("insert into jobs (id, type, state, owner) values ('" + holder +
        "', 'restore', 'running', gen_random_uuid()); insert into maintenance (active, reason, holder) "
        "values (true, "
        "'restoring', '" +
        holder + "') on conflict (id) do update set active = true, holder = excluded.holder");
    on_stores([&](restore_parts& parts) -> awaitable<void> {
        auto const locks = postgres::create_lock_store(parts.stores.rows);
        auto const held = co_await locks->try_lock("jobs", lock_mode::exclusive, after(5s));
        BOOST_REQUIRE(held);
        BOOST_TEST(bool(co_await look_after_restores(parts, *locks, after(10s))));
        BOOST_TEST(ask("select active from maintenance") == "t");
    });
    look_after();
    BOOST_TEST(ask("select active from maintenance") == "f");
    run("update maintenance set active = true");
    look_after();
    BOOST_TEST(ask("select active from maintenance") == "t");
    run("update maintenance set active = false");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
