// Query records on their whole way: spool, group commit, a killed process, and PostgreSQL itself.
#include "core/query/trail.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/query/adoption.hpp"
#include "tests/support/fake_history.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

struct with_trail : migrated_database {
    temporary_folder root;
    work_pool files{"job", 1, 16};
    auth::user ann = some_user("ann@example.com");

    query::record record_by_ann(std::string sql = "select 1") const {
        auto r = some_record(std::move(sql));
        r.user_id = ann.id;
        r.email = ann.email;
        return r;
    }
    template <class F>
    void with_store(F body) {
        with_pool(*this, [&](pool& p) -> awaitable<void> {
            co_await create_user_store(p, 1h)->create(ann, after(5s));
            auto const store = create_query_store(p);
            co_await body(*store);
        });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(trail_to_postgresql, with_trail)

BOOST_AUTO_TEST_CASE(what_a_killed_process_answered_is_in_the_table_exactly_once) {
    // The child commits nothing, or, as far as the parent knows, anything: the first half is there already.
    std::vector<query::record> answered;
    for (int i = 0; i < 40; ++i)
        answered.push_back(record_by_ann("select " + std::to_string(i)));
    answered.push_back(query::audit_only({.email = ann.email, .action = "auth.login", .status = "success"}));
    auto const child = fork();
    if (child == 0) {
        auto own = query::spool_folder::create(root.path());
        query::spool s(*own, "0");
        for (auto const& r : answered)
            (void)s.append(r);
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    with_store([&](query::store& s) -> awaitable<void> {
        std::vector<query::record> const first_half(answered.begin(), answered.begin() + 20);
        BOOST_TEST((co_await s.commit(first_half, after(5s))).value() == 20u);
        query::adoption adopter(root.path(), s, files);
        BOOST_TEST(co_await adopter.look());
        BOOST_TEST(co_await adopter.look());
    });
    files.join();
    BOOST_TEST(ask("select count(*) from queries") == "40");
    BOOST_TEST(ask("select count(*) from audit_logs where action = 'query.run'") == "40");
    BOOST_TEST(ask("select count(*) from audit_logs where action = 'auth.login'") == "1");
    BOOST_TEST(files_below(root.path()) == 0u);
}

BOOST_AUTO_TEST_CASE(whatever_bytes_a_record_holds_it_holds_up_nobody) {
    with_store([&](query::store& s) -> awaitable<void> {
        auto folder = *query::spool_folder::create(root.path());
        auto executor = co_await asio::this_coro::executor;
        query::trail trail(executor, folder, "0", s, files);
        task_group group(executor);
        group.spawn("trail", [&] { return trail.run(); });
        using namespace std::literals;
        for (auto const& text : {"select '\0'"sv, "select '\xFF\xFE'"sv, "select '\xED\xA0\x80'"sv,
                                 "\\u0000"sv, "select 'fine'"sv, "{\"\\ud800\":1}"sv}) {
            auto r = record_by_ann(std::string(text));
            r.question = r.params = r.error = r.ip = r.request_id = std::string(text);
            BOOST_TEST(trail.append(r).has_value());
        }
        auto stranger = record_by_ann("select 'by somebody who is gone'");
        stranger.user_id = new_id();
        BOOST_TEST(trail.append(stranger).has_value());
        auto odd = record_by_ann("select 'odd numbers'");
        odd.result_count = odd.duration_us = INT64_MAX;
        odd.created_at = odd.executed_at = instant{};
        BOOST_TEST(trail.append(odd).has_value());
        BOOST_TEST(co_await trail.flush(after(10s)));
        BOOST_TEST(trail.counts().committed + trail.counts().rejected == 8u);
        group.cancel();
        co_await group.wait();
    });
    files.join();
    BOOST_TEST(ask("select count(*) from queries where sql = 'select ''fine'''") == "1");
    BOOST_TEST(ask("select count(*) from queries where sql like '%gone%'") == "1");
    BOOST_TEST(ask("select count(*) from queries where sql like '%odd%'") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
