// Jobs, locks, terms, pairs and what PostgreSQL tells of itself.
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {
using namespace test;
}

BOOST_FIXTURE_TEST_SUITE(job_store, migrated_database)

BOOST_AUTO_TEST_CASE(a_job_is_followed_from_its_start_to_its_end) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_job_store(p);
        jobs::job j{.type = "train", .requested_by = "ann@example.com", .subject = "b1", .owner = new_id()};
        BOOST_TEST(bool(co_await s->add(j, after(5s))));
        BOOST_TEST(((co_await s->running_of("train", after(5s))).value()->id == j.id));
        j.state = jobs::state::running;
        j.progress = 40;
        j.stage = "embedding";
        j.started_at = now();
        BOOST_TEST(bool(co_await s->save(j, after(5s))));
        auto const back = co_await s->get(j.id, after(5s));
        BOOST_REQUIRE(back);
        BOOST_TEST((back->state == j.state && back->progress == 40 && back->stage == j.stage));
        BOOST_TEST((back->subject == "b1" && back->revision == 1));
        BOOST_TEST((co_await s->save(j, after(5s)))->revision == 1, "a heartbeat changes nothing to see");
        BOOST_TEST((back->owner == j.owner && back->heartbeat && back->started_at == j.started_at));
        j.state = jobs::state::succeeded;
        j.result = R"({"documents":7})";
        j.finished_at = now();
        BOOST_TEST(bool(co_await s->save(j, after(5s))));
        BOOST_TEST(!(co_await s->running_of("train", after(5s))).value());
        BOOST_TEST((co_await s->list({.type = "train"}, {}, after(5s)))->items.size() == 1u);
        BOOST_TEST((co_await s->list({.type = "backup"}, {}, after(5s)))->items.empty());
        BOOST_TEST((co_await s->list({}, {}, after(5s)))->items[0].result == j.result);
        BOOST_TEST((co_await s->get(j.id, after(5s)))->revision == 2);
        using enum jobs::state;
        BOOST_TEST((co_await s->list({.state = succeeded}, {}, after(5s)))->items.size() == 1u);
        BOOST_TEST((co_await s->list({.type = "train", .state = failed}, {}, after(5s)))->items.empty());
        BOOST_TEST(((co_await s->get(new_id(), after(5s))).error().code == errc::not_found));
        BOOST_TEST(((co_await s->save({.type = "x"}, after(5s))).error().code == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_repaired_and_the_job_has_its_end) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_job_store(p);
        jobs::job j{.type = "verify", .stage = "reading \xff", .owner = new_id()};
        auto const made = co_await s->add(j, after(5s));
        BOOST_REQUIRE_MESSAGE(made, made.error().detail);
        j.state = jobs::state::failed;
        j.stage = "checking \xc3(";
        j.error = std::string("wrong # of entries in index i\x80\0", 31) + "x";
        j.result = "\"\xf0\x9f\"";
        j.finished_at = now();
        auto const saved = co_await s->save(j, after(5s));
        BOOST_REQUIRE_MESSAGE(saved, saved.error().detail);
        auto const back = co_await s->get(j.id, after(5s));
        BOOST_TEST(back->stage == "checking \uFFFD(");
        BOOST_TEST(back->error == "wrong # of entries in index i\uFFFD\uFFFDx");
        BOOST_TEST(back->result == "\"\uFFFD\"");
        BOOST_TEST(!(co_await s->running_of("verify", after(5s))).value());
    });
}

BOOST_AUTO_TEST_CASE(of_one_kind_only_one_is_open_however_many_replicas_ask) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_job_store(p);
        int accepted = 0, refused = 0;
        co_await side_by_side(8, [&](std::size_t) -> awaitable<void> {
            auto const made = co_await s->add({.type = "train", .owner = new_id()}, after(5s));
            accepted += bool(made);
            if (!made) refused += made.error().code == errc::conflict;
        });
        BOOST_TEST(accepted == 1);
        BOOST_TEST(refused == 7);
        auto open = (co_await s->running_of("train", after(5s))).value();
        BOOST_REQUIRE(open);
        open->state = jobs::state::cancelled;
        BOOST_TEST(bool(co_await s->save(*open, after(5s))));
        BOOST_TEST(bool(co_await s->add({.type = "train", .owner = new_id()}, after(5s))));
    });
}

BOOST_AUTO_TEST_CASE(jobs_without_a_sign_of_life_are_failed_with_the_reason) {
    with_pool(*this, [this](pool& p) -> awaitable<void> {
        auto const s = create_job_store(p);
        jobs::job dead{.type = "a", .owner = new_id()}, alive{.type = "b", .owner = new_id()};
        co_await s->add(dead, after(5s));
        co_await s->add(alive, after(5s));
        auto other = co_await session::open(where(), after(5s));
        co_await (*other)->script("update jobs set heartbeat = now() - interval '1 minute' where type = 'a'",
                                  after(5s));
        BOOST_TEST((co_await s->fail_orphans(30s, after(5s))).value() == 1u);
        BOOST_TEST((co_await s->fail_orphans(30s, after(5s))).value() == 0u);
        auto const failed = co_await s->get(dead.id, after(5s));
        BOOST_TEST((failed->state == jobs::state::failed && failed->finished_at));
        BOOST_TEST(failed->error.find("last sign of life was at 20") != std::string::npos, failed->error);
        BOOST_TEST(failed->revision == 1);
        BOOST_TEST(((co_await s->get(alive.id, after(5s)))->state == jobs::state::queued));
        dead.state = jobs::state::running;
        BOOST_TEST(((co_await s->save(dead, after(5s))).error().code == errc::conflict));
        BOOST_TEST(((co_await s->get(dead.id, after(5s)))->state == jobs::state::failed));
        dead.state = jobs::state::succeeded;
        dead.finished_at = now();
        BOOST_TEST((co_await s->save(dead, after(5s)))->revision == 2, "whoever ran it knows best");
    });
}

BOOST_AUTO_TEST_CASE(who_runs_a_job_learns_that_its_end_was_asked_for) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_job_store(p);
        jobs::job j{.type = "train", .owner = new_id()};
        BOOST_TEST(bool(co_await s->add(j, after(5s))));
        BOOST_TEST(!(co_await s->save(j, after(5s)))->cancel_requested);
        BOOST_TEST(bool(co_await s->request_cancel(j.id, after(5s))));
        BOOST_TEST((co_await s->save(j, after(5s)))->cancel_requested);
        j.state = jobs::state::cancelled;
        j.finished_at = now();
        BOOST_TEST(bool(co_await s->save(j, after(5s))));
        auto const late = co_await s->request_cancel(j.id, after(5s));
        BOOST_REQUIRE(!late);
        BOOST_TEST((late.error().code == errc::conflict));
        BOOST_TEST(late.error().message.find("cancelled") != std::string::npos);
        BOOST_TEST(((co_await s->request_cancel(new_id(), after(5s))).error().code == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(a_due_time_is_claimed_by_one_and_an_earlier_one_by_nobody) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_job_store(p);
        auto const due = *parse_rfc3339("2024-02-29T03:00:00Z");
        for (auto when : {due, due + 24h}) {
            int claimed = 0;
            co_await side_by_side(8, [&](std::size_t) -> awaitable<void> {
                auto const ours = co_await s->claim("backup", when, after(5s));
                BOOST_REQUIRE_MESSAGE(ours, ours.error().detail);
                claimed += *ours;
            });
            BOOST_TEST(claimed == 1);
        }
        BOOST_TEST(!(co_await s->claim("backup", due, after(5s))).value());
        BOOST_TEST((co_await s->claim("train", due, after(5s))).value());
    });
}

BOOST_AUTO_TEST_CASE(a_shared_lock_keeps_out_who_wants_it_alone) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        using enum jobs::lock_mode;
        auto const s = create_lock_store(p);
        auto first = co_await s->try_lock("restore", shared, after(5s));
        auto second = co_await s->try_lock("restore", shared, after(5s));
        BOOST_REQUIRE((first && second));
        BOOST_TEST(bool(co_await (*second)->still_held(after(5s))));
        BOOST_TEST(((co_await s->try_lock("restore", exclusive, after(5s))).error().code == errc::conflict));
        first->reset();
        second->reset();
        auto alone = co_await s->try_lock("restore", exclusive, after(5s));
        for (auto const until = after(5s); !alone && std::chrono::steady_clock::now() < until;)
            alone = co_await s->try_lock("restore", exclusive, after(5s));
        BOOST_REQUIRE(alone);
        BOOST_TEST(((co_await s->try_lock("restore", shared, after(5s))).error().code == errc::conflict));
    });
}

BOOST_AUTO_TEST_CASE(a_lock_is_held_by_one_until_it_is_dropped_or_its_connection_dies) {
    with_pool(*this, [this](pool& p) -> awaitable<void> {
        auto const s = create_lock_store(p);
        auto first = co_await s->try_lock("backup", jobs::lock_mode::exclusive, after(5s));
        BOOST_REQUIRE(first);
        BOOST_TEST(bool(co_await (*first)->still_held(after(5s))));
        BOOST_TEST(((co_await s->try_lock("backup", jobs::lock_mode::exclusive, after(5s))).error().code ==
                    errc::conflict));
        BOOST_TEST(bool(co_await s->try_lock("train", jobs::lock_mode::exclusive, after(5s))));
        auto other = co_await session::open(where(), after(5s));
        co_await (*other)->script(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and "
            "database = (select oid from pg_database where datname = current_database())",
            after(5s));
        auto const lost = co_await (*first)->still_held(after(5s));
        BOOST_REQUIRE(!lost);
        BOOST_TEST((lost.error().code == errc::conflict));
        auto second = co_await s->try_lock("backup", jobs::lock_mode::exclusive, after(5s));
        BOOST_REQUIRE(second);
        second->reset();
        for (auto const until = after(5s); std::chrono::steady_clock::now() < until;)
            if (co_await s->try_lock("backup", jobs::lock_mode::exclusive, after(5s))) co_return;
        BOOST_ERROR("a dropped lock stayed held");
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(knowledge_store, migrated_database)

BOOST_AUTO_TEST_CASE(terms_are_kept_by_name_in_any_case) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_knowledge_store(p);
        auto const revenue = co_await s->add_term({.name = "Revenue",
                                                   .description = "what comes in",
                                                   .data_source = "orders",
                                                   .owner = "finance",
                                                   .synonyms = {"turnover", "sales, net", "\"Umsatz\""}},
                                                  after(5s));
        BOOST_REQUIRE(revenue);
        BOOST_TEST(!revenue->id.is_nil());
        BOOST_TEST(revenue->synonyms.size() == 3u);
        BOOST_TEST(revenue->synonyms[2] == "\"Umsatz\"");
        BOOST_TEST(((co_await s->add_term({.name = "REVENUE"}, after(5s))).error().code == errc::conflict));
        auto churn = co_await s->add_term({.name = "Churn"}, after(5s));
        BOOST_TEST((co_await s->terms(after(5s)))->at(0).name == "Churn");
        churn->name = "revenue";
        BOOST_TEST(((co_await s->update_term(*churn, after(5s))).error().code == errc::conflict));
        churn->name = "Loss";
        BOOST_TEST((co_await s->update_term(*churn, after(5s)))->name == "Loss");
        BOOST_TEST(bool(co_await s->remove_term(churn->id, after(5s))));
        BOOST_TEST(((co_await s->remove_term(churn->id, after(5s))).error().code == errc::not_found));
        BOOST_TEST(((co_await s->term_by_id(churn->id, after(5s))).error().code == errc::not_found));
        BOOST_TEST(((co_await s->update_term(*churn, after(5s))).error().code == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(a_question_has_one_approved_pair_and_proposals_are_not_doubled) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_knowledge_store(p);
        ask::example const made{
            .question = "How many customers?", .sql = "select 1", .state = "proposed", .proposed_by = "ann"};
        auto const first = co_await s->add_example(made, after(5s));
        BOOST_REQUIRE(first);
        BOOST_TEST(((co_await s->add_example(made, after(5s)))->id == first->id));
        auto other = made;
        other.question = " how  MANY customers? ";
        other.sql = "select 2";
        auto const second = co_await s->add_example(other, after(5s));
        BOOST_REQUIRE(second);
        int approved = 0;
        co_await side_by_side(2, [&](std::size_t i) -> awaitable<void> {
            auto const decided =
                co_await s->decide_example(i ? first->id : second->id, true, "bob", {{"n"}, "v1"}, after(5s));
            approved += bool(decided);
            if (decided) BOOST_TEST((decided->approved_by == "bob" && decided->approved_at));
            if (!decided) BOOST_TEST((decided.error().code == errc::conflict));
        });
        BOOST_TEST(approved == 1);
        BOOST_TEST(((co_await s->add_example(made, after(5s))).error().code == errc::conflict));
        BOOST_TEST((co_await s->examples("approved", after(5s)))->size() == 1u);
        BOOST_TEST((co_await s->examples("", after(5s)))->size() == 2u);
        auto const winner = (co_await s->examples("approved", after(5s)))->at(0).id;
        BOOST_TEST(
            ((co_await s->decide_example(winner, true, "bob", {{"n"}, "v1"}, after(5s))).error().code ==
             errc::conflict));
        auto const rejected = co_await s->decide_example(winner, false, "bob", {}, after(5s));
        BOOST_TEST((rejected->state == "rejected" && !rejected->approved_at));
        BOOST_TEST(
            ((co_await s->decide_example(new_id(), true, "bob", {{"n"}, "v1"}, after(5s))).error().code ==
             errc::not_found));
        BOOST_TEST(bool(co_await s->remove_example(winner, after(5s))));
        BOOST_TEST(((co_await s->remove_example(winner, after(5s))).error().code == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(terms_and_pairs_come_in_pages_newest_first) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_knowledge_store(p);
        for (int i = 0; i < 3; ++i) {
            auto const n = std::to_string(i);
            BOOST_REQUIRE(co_await s->add_term({.id = new_id(), .name = "term " + n}, after(5s)));
            BOOST_REQUIRE(co_await s->add_example({.id = new_id(),
                                                   .question = "q" + n,
                                                   .sql = "select 1",
                                                   .state = i == 1 ? "rejected" : "proposed"},
                                                  after(5s)));
        }
        auto const terms = (co_await s->list_terms({.limit = 2}, after(5s))).value();
        BOOST_REQUIRE(terms.items.size() == 2u);
        BOOST_TEST(terms.items[0].name == "term 2");
        auto const more = (co_await s->list_terms({.limit = 2, .before = terms.next}, after(5s))).value();
        BOOST_REQUIRE(more.items.size() == 1u);
        BOOST_TEST(more.items[0].name == "term 0");
        BOOST_TEST(!more.next);
        auto const one = (co_await s->list_examples("proposed", {.limit = 1}, after(5s))).value();
        BOOST_REQUIRE(one.items.size() == 1u);
        BOOST_TEST(one.items[0].question == "q2");
        auto const two =
            (co_await s->list_examples("proposed", {.limit = 1, .before = one.next}, after(5s))).value();
        BOOST_TEST(two.items.at(0).question == "q0");
        BOOST_TEST(!two.next);
        BOOST_TEST((co_await s->list_examples("", {.limit = 3}, after(5s))).value().items.size() == 3u);
    });
}

BOOST_AUTO_TEST_CASE(what_a_check_of_a_pair_found_is_kept_until_somebody_decides) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_knowledge_store(p);
        auto const approve = [&](std::string question) -> awaitable<ask::example> {
            auto const made = co_await s->add_example(
                {.question = std::move(question), .sql = "select 1", .state = "proposed"}, after(5s));
            co_return (
                co_await s->decide_example(made->id, true, "bob", {{"a", "b, \"c\""}, "v1"}, after(5s)))
                .value();
        };
        auto pair = co_await approve("q");
        BOOST_TEST((pair.columns == std::vector<std::string>{"a", "b, \"c\""}));
        BOOST_TEST((pair.checked_version == "v1" && pair.checked_at && pair.problem.empty()));
        BOOST_REQUIRE(
            co_await s->add_example({.question = "p", .sql = "select 1", .state = "proposed"}, after(5s)));
        BOOST_TEST((co_await s->unchecked_examples("v1", 10, after(5s))).value().empty());
        BOOST_TEST((co_await s->unchecked_examples("v2", 10, after(5s))).value().size() == 1u);
        pair.state = "stale";
        pair.problem = "no such column";
        pair.checked_version = "v2";
        BOOST_TEST((co_await s->save_check(pair, after(5s))).value());
        BOOST_TEST((co_await s->examples("approved", after(5s)))->empty());
        auto const seen = (co_await s->example_by_id(pair.id, after(5s))).value();
        BOOST_TEST((seen.state == "stale" && seen.problem == "no such column" && seen.approved_by == "bob"));
        auto const other = co_await approve(" Q ");
        pair.state = "approved";
        BOOST_TEST(((co_await s->save_check(pair, after(5s))).error().code == errc::conflict));
        BOOST_TEST(bool(co_await s->decide_example(other.id, false, "bob", {}, after(5s))));
        BOOST_TEST((co_await s->save_check(pair, after(5s))).value());
        BOOST_TEST(bool(co_await s->decide_example(pair.id, false, "bob", {}, after(5s))));
        BOOST_TEST(!(co_await s->save_check(pair, after(5s))).value(), "it was rejected meanwhile");
        BOOST_TEST((co_await s->unchecked_examples("v9", 1, after(5s))).value().empty());
    });
}

BOOST_AUTO_TEST_CASE(what_is_known_of_a_question_is_the_approved_pair_first) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_knowledge_store(p);
        auto const add = [&](std::string sql, std::string state) -> awaitable<uuid> {
            co_return (co_await s->add_example({.id = new_id(),
                                                .question = "How many?",
                                                .sql = std::move(sql),
                                                .state = std::move(state)},
                                               after(5s)))
                .value()
                .id;
        };
        BOOST_TEST(!(co_await s->known_example("how  many?", "select 1", after(5s))).value());
        auto const rejected = co_await add("select 1", "rejected");
        auto const known = [&](std::string sql) -> awaitable<uuid> {
            auto const found = (co_await s->known_example(" how  MANY?", std::move(sql), after(5s))).value();
            co_return found ? found->id : uuid{};
        };
        BOOST_TEST(((co_await known("select 1")) == rejected));
        BOOST_TEST((co_await known("select 2")).is_nil());
        auto const proposed = co_await add("select 1", "proposed");
        BOOST_TEST(((co_await known("select 1")) == proposed));
        auto const approved = co_await add("select 3", "approved");
        BOOST_TEST(((co_await known("select 1")) == approved));
    });
}

BOOST_AUTO_TEST_CASE(the_fingerprint_differs_after_each_change_of_terms_and_approved_pairs_only) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_knowledge_store(p);
        auto last = (co_await s->fingerprint(after(5s))).value();
        auto const differs = [&]() -> awaitable<bool> {
            auto const before = std::exchange(last, (co_await s->fingerprint(after(5s))).value());
            co_return last != before;
        };
        BOOST_TEST(!co_await differs());
        auto term = (co_await s->add_term({.name = "Revenue"}, after(5s))).value();
        BOOST_TEST(co_await differs());
        term.owner = "finance";
        BOOST_TEST(bool(co_await s->update_term(term, after(5s))));
        BOOST_TEST(co_await differs());
        auto const pair =
            co_await s->add_example({.question = "q", .sql = "select 1", .state = "proposed"}, after(5s));
        BOOST_TEST(!co_await differs(), "a proposal answers nothing");
        BOOST_TEST(bool(co_await s->decide_example(pair->id, true, "bob", {{"n"}, "v1"}, after(5s))));
        BOOST_TEST(co_await differs());
        BOOST_TEST(bool(co_await s->decide_example(pair->id, false, "bob", {}, after(5s))));
        BOOST_TEST(co_await differs());
        BOOST_TEST(bool(co_await s->remove_term(term.id, after(5s))));
        BOOST_TEST(co_await differs());
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(database_statistics, migrated_database)

BOOST_AUTO_TEST_CASE(the_server_tells_its_version_sizes_and_last_vacuum) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_database_stats(p);
        auto const health = co_await s->health(after(5s));
        BOOST_REQUIRE_MESSAGE(health, health.error().detail);
        BOOST_TEST(health->version_number >= 150000);
        BOOST_TEST(!health->is_read_only);
        BOOST_TEST(health->bytes > 0u);
        auto const stop = std::make_shared<sql::stop_flag>();
        BOOST_TEST(bool(co_await s->vacuum("users", stop, after(20s))));
        for (auto none : {"users; drop table users", ""})
            BOOST_TEST(((co_await s->vacuum(none, stop, after(5s))).error().code == errc::not_found));
        auto const tables = co_await s->tables(after(5s));
        BOOST_REQUIRE_MESSAGE(tables, tables.error().detail);
        auto const users = std::ranges::find(*tables, "users", &admin::table_stats::name);
        BOOST_REQUIRE((users != tables->end()));
        BOOST_TEST(bool(users->last_vacuum));
        BOOST_TEST(users->bytes > 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_vacuum_that_is_stopped_ends_in_the_server_too) {
    with_pool(*this, [this](pool& p) -> awaitable<void> {
        auto other = co_await session::open(where(), after(5s));
        co_await (*other)->script("begin; lock table users in share update exclusive mode", after(5s));
        auto watcher = co_await session::open(where(), after(5s));
        auto const running = [&]() -> awaitable<bool> {
            co_return (
                *co_await (*watcher)->execute("select count(*) from pg_stat_activity where query like "
                                              "'vacuum%users%' and state = 'active'",
                                              params{}, after(5s)))[0]
                    .integer(0) > 0;
        };
        auto const stop = std::make_shared<sql::stop_flag>();
        co_await side_by_side(2, [&](std::size_t which) -> awaitable<void> {
            if (which == 0) {
                auto const ended = co_await create_database_stats(p)->vacuum("users", stop, after(60s));
                BOOST_REQUIRE(!ended);
                BOOST_TEST((ended.error().code == errc::cancelled));
            } else {
                while (!co_await running()) {
                }
                stop->request(sql::stop_reason::requested);
            }
        });
        auto const limit = after(10s);
        while (co_await running())
            if (std::chrono::steady_clock::now() > limit) break;
        BOOST_TEST(!co_await running());
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
