#include "core/query/service.hpp"

#include "core/async/task_group.hpp"
#include "tests/support/fake_target.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna::query {
namespace {

struct fake_recorder : recorder {
    std::vector<record> records;
    bool room = true, refuses = false;
    result<void> append(record const& r) override {
        if (refuses) return error{errc::unavailable, public_text{"spool full"}};
        records.push_back(r);
        return {};
    }
    bool has_room() const override { return room; }
};

struct fake_cache : result_cache {
    std::map<std::string, std::string> values;
    awaitable<std::optional<std::string>> get(std::string key) override {
        auto const found = values.find(key);
        co_return found == values.end() ? std::nullopt : std::optional(found->second);
    }
    void put(std::string key, std::string value, std::chrono::seconds) override {
        values[key] = std::move(value);
    }
};

struct fake_history : store {
    std::optional<uuid> known;
    bool away = false;
    awaitable<result<std::size_t>> commit(std::vector<record>, deadline) override {
        co_return std::size_t(0);
    }
    awaitable<result<bool>> exists(uuid id, deadline) override {
        if (away) co_return error{errc::unavailable, public_text{"away"}};
        co_return known == id;
    }
    awaitable<result<record>> get(uuid, deadline) override {
        co_return error{errc::not_found, public_text{"none"}};
    }
    awaitable<result<page<record>>> list(history_filter, page_request, deadline) override {
        co_return page<record>{};
    }
    awaitable<result<feedback>> give_feedback(feedback f, deadline) override { co_return f; }
};

struct fixture {
    shared_value<config::settings> settings{config::load({}).values};
    test::fake_target target;
    query::running running;
    single_flight<outcome> flights;
    fake_recorder records;
    fake_cache cache;
    fake_history history;
    service queries{{settings, target, running, flights}, records, &cache, nullptr, history};
    asker const ann{
        .who = {.user_id = new_id(), .email = "ann@example.com"}, .request_id = "r1", .ip = "127.0.0.1"};

    static request select_one() { return {.what = {.text = "select 1"}}; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(query_service, fixture)

BOOST_AUTO_TEST_CASE(an_answer_comes_with_its_record_already_written) {
    test::run_coroutine([&]() -> awaitable<void> {
        auto const a = co_await queries.run(ann, select_one());
        BOOST_REQUIRE(a);
        BOOST_TEST(
            a->body->json ==
            R"("columns":[{"name":"n","type":"INTEGER"}],"rows":[[1]],"row_count":1,"truncated":false)");
        BOOST_REQUIRE(records.records.size() == 1u);
        BOOST_TEST(bool(records.records[0].id == a->id));
        BOOST_TEST(bool(records.records[0].status == status::success));
        BOOST_TEST(running.size() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(nothing_is_answered_that_cannot_be_recorded) {
    test::run_coroutine([&]() -> awaitable<void> {
        records.refuses = true;
        auto a = co_await queries.run(ann, select_one());
        BOOST_REQUIRE(!a);
        BOOST_TEST(bool(a.error().code == errc::unavailable));
        records.room = false;
        a = co_await queries.run(ann, select_one());
        BOOST_TEST(bool(!a && a.error().code == errc::unavailable));
        BOOST_TEST(target.opens == 1, "a full spool is seen before the query runs");
    });
}

BOOST_AUTO_TEST_CASE(the_second_of_two_equal_queries_comes_from_the_cache_and_is_recorded_as_such) {
    test::run_coroutine([&]() -> awaitable<void> {
        (void)co_await queries.run(ann, select_one());
        auto again = select_one();
        again.what.text = "select 1 ;\n";
        auto const a = co_await queries.run(ann, again);
        BOOST_REQUIRE(a);
        BOOST_TEST(a->cached);
        BOOST_TEST(target.opens == 1);
        BOOST_TEST(records.records.at(1).cached);
        BOOST_TEST(records.records.at(1).result_count == 1);
    });
}

BOOST_AUTO_TEST_CASE(parameters_limits_and_the_version_of_the_data_tell_queries_apart) {
    test::run_coroutine([&]() -> awaitable<void> {
        (void)co_await queries.run(ann, select_one());
        auto with_param = select_one();
        with_param.what.positional = {std::int64_t(1)};
        (void)co_await queries.run(ann, with_param);
        auto limited = select_one();
        limited.limit = 5;
        (void)co_await queries.run(ann, limited);
        target.version = "v2";
        (void)co_await queries.run(ann, select_one());
        BOOST_TEST(target.opens == 4);
    });
}

BOOST_AUTO_TEST_CASE(a_result_that_may_differ_next_time_is_never_cached) {
    test::run_coroutine([&]() -> awaitable<void> {
        target.answer = [](auto const&, auto const&) -> result<sql::opened> {
            sql::opened out;
            out.cacheable = false;
            out.target_version = "v1";
            out.first.last = true;
            return out;
        };
        (void)co_await queries.run(ann, select_one());
        (void)co_await queries.run(ann, select_one());
        BOOST_TEST(target.opens == 2);
        BOOST_TEST(cache.values.empty());
    });
}

BOOST_AUTO_TEST_CASE(refusals_time_outs_and_cancellations_are_recorded_with_their_own_status) {
    test::run_coroutine([&]() -> awaitable<void> {
        for (auto [code, wanted] : {std::pair{errc::query_refused, status::refused},
                                    {errc::query_invalid, status::error},
                                    {errc::deadline_exceeded, status::timeout},
                                    {errc::cancelled, status::cancelled},
                                    {errc::overloaded, status::error}}) {
            target.answer = [code](auto const&, auto const&) -> result<sql::opened> {
                return error{code, public_text{"because"}};
            };
            auto const a = co_await queries.run(ann, select_one());
            BOOST_TEST(bool(!a && a.error().code == code));
            BOOST_TEST(bool(records.records.back().status == wanted));
            BOOST_TEST(records.records.back().error == "because");
        }
    });
}

BOOST_AUTO_TEST_CASE(identical_queries_at_once_run_once_and_each_has_its_record) {
    test::run_coroutine([&]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        target.gate = std::make_shared<asio::steady_timer>(executor, std::chrono::hours(1));
        task_group group(executor);
        int answered = 0;
        for (int i = 0; i < 4; ++i)
            group.spawn("query", [&]() -> awaitable<void> {
                if (co_await queries.run(ann, select_one())) ++answered;
            });
        while (running.size() < 4)
            co_await asio::post(executor, asio::use_awaitable);
        target.gate->cancel();
        co_await group.wait();
        BOOST_TEST(answered == 4);
        BOOST_TEST(target.opens == 1);
        BOOST_TEST(records.records.size() == 4u);
        target.gate.reset();  // it must not outlive its context
    });
}

BOOST_AUTO_TEST_CASE(an_id_of_the_clients_must_be_fresh_and_unused) {
    test::run_coroutine([&]() -> awaitable<void> {
        auto q = select_one();
        q.id = *parse_uuid("01890000-0000-7000-8000-000000000000");
        auto a = co_await queries.run(ann, q);
        BOOST_TEST(bool(!a && a.error().code == errc::invalid_input), "made years ago");
        q.id = new_id();
        BOOST_TEST(bool(co_await queries.run(ann, q)));
        a = co_await queries.run(ann, q);
        BOOST_TEST(bool(!a && a.error().code == errc::conflict), "ran here");
        q.id = history.known = new_id();
        a = co_await queries.run(ann, q);
        BOOST_TEST(bool(!a && a.error().code == errc::conflict), "ran on another replica");
        history.away = true;
        q.id = new_id();
        BOOST_TEST(bool(co_await queries.run(ann, q)), "PostgreSQL away does not stop it");
    });
}

BOOST_AUTO_TEST_CASE(a_statement_one_byte_over_the_limit_is_too_large) {
    test::run_coroutine([&]() -> awaitable<void> {
        auto q = select_one();
        q.what.text = std::string(settings.get()->max_sql_bytes, ' ');
        BOOST_TEST(bool(co_await queries.run(ann, q)));
        q.what.text += ' ';
        auto const a = co_await queries.run(ann, q);
        BOOST_TEST(bool(!a && a.error().code == errc::query_too_large));
    });
}

BOOST_AUTO_TEST_CASE(a_question_that_failed_before_it_ran_may_be_asked_again_under_its_id) {
    test::run_coroutine([&]() -> awaitable<void> {
        auto q = select_one();
        q.id = new_id();
        {
            auto const asked = co_await queries.admit(ann, q);
            BOOST_REQUIRE(asked);
            auto const meanwhile = co_await queries.admit(ann, q);
            BOOST_TEST(bool(!meanwhile && meanwhile.error().code == errc::conflict), "it is in hand");
        }
        BOOST_TEST(bool(co_await queries.run(ann, q)));
        auto const again = co_await queries.run(ann, q);
        BOOST_TEST(bool(!again && again.error().code == errc::conflict), "it is recorded now");
    });
}

BOOST_AUTO_TEST_CASE(a_question_counts_once_before_its_statement_is_made_and_holds_its_place_until_it_ends) {
    auto few = *settings.get();
    few.query_rate_per_minute = 3;
    few.query_concurrency_per_user = 1;
    settings.set(few);
    auth::local_rate_counters counters;
    auth::local_rate_limits limits(counters);
    service limited{{settings, target, running, flights}, records, &cache, &limits, history};
    test::run_coroutine([&]() -> awaitable<void> {
        {
            auto asked = co_await limited.admit(ann, {});
            BOOST_REQUIRE(asked);
            BOOST_TEST(bool(co_await limited.attempt(ann, select_one(), *asked, false)));
            auto const second = co_await limited.admit(ann, {});
            BOOST_TEST(bool(!second && second.error().code == errc::rate_limited), "one at a time");
        }
        BOOST_TEST(bool(co_await limited.admit(ann, {})), "the first has ended");
        auto const fourth = co_await limited.admit(ann, {});
        BOOST_REQUIRE(!fourth);
        BOOST_TEST(bool(fourth.error().code == errc::rate_limited));
        BOOST_TEST((fourth.error().retry_after > std::chrono::seconds(1)), "the minute is used up");
        BOOST_TEST(records.records.size() == 1u);
    });
}

BOOST_AUTO_TEST_CASE(the_attempt_that_answers_has_the_clients_id_and_the_failed_one_an_id_of_its_own) {
    test::run_coroutine([&]() -> awaitable<void> {
        auto const good = std::exchange(target.answer, [](auto const&, auto const&) -> result<sql::opened> {
            return error{errc::query_invalid, public_text{"integer overflow"}};
        });
        request asked;
        asked.id = new_id();
        auto of = co_await queries.admit(ann, asked);
        BOOST_TEST(!co_await queries.attempt(ann, select_one(), *of, true));
        BOOST_TEST(records.records.empty());
        target.answer = good;
        auto second = select_one();
        second.what.text = "select 2";
        auto const done = co_await queries.attempt(ann, second, *of, false);
        BOOST_REQUIRE(done);
        BOOST_TEST(bool(done->id == *asked.id));
        BOOST_REQUIRE(records.records.size() == 2u);
        BOOST_TEST(bool(records.records[0].status == status::error));
        BOOST_TEST(bool(records.records[0].id != *asked.id));
        BOOST_TEST(bool(records.records[1].id == *asked.id));
        BOOST_TEST(bool(records.records[1].status == status::success));
    });
}

BOOST_AUTO_TEST_CASE(a_failed_attempt_that_none_follows_is_recorded_under_the_clients_id) {
    target.answer = [](auto const&, auto const&) -> result<sql::opened> {
        return error{errc::query_invalid, public_text{"integer overflow"}};
    };
    test::run_coroutine([&]() -> awaitable<void> {
        request first, second;
        first.id = new_id();
        second.id = new_id();
        {
            auto of = co_await queries.admit(ann, first);
            (void)co_await queries.attempt(ann, select_one(), *of, true);
            BOOST_TEST(bool(queries.settle(*of)));
            BOOST_TEST(records.records.size() == 1u);
            auto other = co_await queries.admit(ann, second);
            (void)co_await queries.attempt(ann, select_one(), *other, true);
        }
        BOOST_REQUIRE(records.records.size() == 2u);
        BOOST_TEST(bool(records.records[0].id == *first.id));
        BOOST_TEST(bool(records.records[1].id == *second.id), "the client left before the second attempt");
    });
}

BOOST_AUTO_TEST_CASE(an_export_is_audited_with_how_it_began) {
    test::run_coroutine([&]() -> awaitable<void> {
        auto const last = [&]() -> audit::entry const& { return *records.records.back().audit; };
        // What is wrong with it; nothing: it was opened, and closed again.
        auto const ask = [&](std::string version) -> awaitable<std::optional<vanna::error>> {
            auto opened = co_await queries.export_rows(
                ann, {.query_id = new_id(), .what = {.text = "select 1"}, .target_version = version});
            co_return opened ? std::nullopt : std::optional(opened.error());
        };
        BOOST_TEST(!co_await ask("v1"));
        BOOST_TEST(last().status == "success");
        BOOST_TEST(last().action == "query.export");
        auto refused = co_await ask("v0");
        BOOST_REQUIRE(refused);
        BOOST_TEST(refused->type == "target-changed");
        BOOST_TEST(last().status == "failure");
        BOOST_TEST(target.opens == 1, "known beforehand");
        target.answer = [](auto const&, auto const&) -> result<sql::opened> {
            sql::opened out;
            out.target_version = "v2";
            out.first.last = true;
            return out;
        };
        refused = co_await ask("v1");
        BOOST_REQUIRE(refused);
        BOOST_TEST(refused->type == "target-changed", "the data changed while it was opened");
        BOOST_TEST(last().status == "failure");
        BOOST_TEST(!co_await ask(""), "whatever there is");
        target.answer = [](auto const&, auto const&) -> result<sql::opened> {
            return error{errc::query_refused, public_text{"no"}};
        };
        BOOST_TEST(bool(co_await ask("")));
        BOOST_TEST(last().status == "denied");
        BOOST_TEST(records.records.size() == 5u);
        records.refuses = true;
        target.answer = test::fake_target().answer;
        BOOST_TEST(bool(co_await ask("")), "nothing leaves that is not audited");
        BOOST_TEST(running.size() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(parameters_survive_their_json_form) {
    sql::statement s;
    BOOST_REQUIRE(set_params(s, boost::json::parse(R"([null, true, 9223372036854775807, 1.5, "x"])")));
    BOOST_TEST(s.positional.size() == 5u);
    BOOST_TEST(params_json(s) == R"([null,1,9223372036854775807,1.5E0,"x"])");
    sql::statement bad;
    BOOST_TEST(!set_params(bad, boost::json::parse(R"([[1]])")));
    BOOST_TEST(!set_params(bad, boost::json::parse(R"([18446744073709551615])")));
    BOOST_TEST(!set_params(bad, boost::json::parse(R"("x")")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::query
