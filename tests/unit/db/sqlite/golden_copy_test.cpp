#include "db/sqlite/golden_copy.hpp"

#include <fstream>
#include <set>

#include "tests/unit/db/sqlite/open_target.hpp"

namespace vanna::sqlite {

using test::sqlite_file;

namespace {

// Only the row of the target is real.
class one_row : public replica::store {
  public:
    replica::target_state row;
    bool conflicts = false;

    awaitable<result<replica::target_state>> move_target(replica::target_state to, std::int64_t expected,
                                                         deadline) override {
        if (conflicts || expected != row.revision)
            co_return error{errc::conflict, public_text{"it was moved"}};
        row = to;
        row.revision = expected + 1;
        co_return row;
    }
    awaitable<result<replica::snapshot>> read(deadline) override { co_return unused(); }
    awaitable<result<void>> request_cancel(replica::cancellation, deadline) override { co_return unused(); }
    awaitable<result<replica::knowledge_state>> move_knowledge(replica::knowledge_state, std::int64_t,
                                                               deadline) override {
        co_return unused();
    }
    awaitable<result<void>> put_configuration(replica::configuration_row, deadline) override {
        co_return unused();
    }
    awaitable<result<void>> remove_configuration(std::string, deadline) override { co_return unused(); }
    awaitable<result<void>> set_maintenance(replica::maintenance, deadline) override { co_return unused(); }
    awaitable<result<bool>> record_schema(std::string, std::string, boost::json::value, boost::json::value,
                                          deadline) override {
        co_return unused();
    }
    awaitable<result<page<schema_version>>> schema_versions(std::string, page_request, deadline) override {
        co_return unused();
    }

  private:
    static error unused() { return {errc::internal, public_text{"not used here"}}; }
};

struct replica_at : test::pool_runner {
    explicit replica_at(sqlite_file const& source, std::string const& folder = "data")
        : pool_runner("job", 1),
          golden(pool, {source.path(), (source.folder() / folder / "copy.db").string(),
                        (source.folder() / "targets").string()}) {}

    result<golden_outcome> apply(golden_cause cause, one_row& rows, bool in_full = false) {
        result<golden_outcome> out = error{};
        run([&]() -> awaitable<void> {
            auto got = co_await golden.apply(
                {cause, rows.row, in_full, after(std::chrono::seconds(10)), nullptr}, &rows);
            if (got)
                out = std::move(*got);
            else
                out = got.error();
        });
        return out;
    }
    golden_copy golden;
};

std::string const script = "CREATE TABLE t (a); INSERT INTO t VALUES (1)";

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_copy_)

BOOST_AUTO_TEST_CASE(init_twice_copies_once) {
    sqlite_file const source(script);
    replica_at at(source);
    one_row rows;
    auto const first = at.apply(golden_cause::init, rows);
    BOOST_REQUIRE(first);
    BOOST_TEST(first->row_moved);
    BOOST_TEST(first->copied);
    BOOST_TEST(first->row.revision == 1);
    BOOST_TEST(rows.row.version.size() == 64u);
    auto const second = at.apply(golden_cause::init, rows);
    BOOST_TEST(!second->row_moved);
    BOOST_TEST(!second->copied);
    auto const status = at.golden.status();
    BOOST_TEST(status.state == "ready");
    BOOST_TEST(status.version == rows.row.version);
    BOOST_TEST(status.size == std::filesystem::file_size(source.path()));
    BOOST_TEST(status.copied_at.has_value());
}

BOOST_AUTO_TEST_CASE(a_restart_knows_when_the_copy_was_made_and_how_long_that_took) {
    sqlite_file const source(script);
    one_row rows;
    replica_at before(source);
    BOOST_REQUIRE(before.apply(golden_cause::init, rows));
    auto const made = before.golden.status();
    BOOST_REQUIRE(made.copied_at);
    BOOST_REQUIRE(made.copy_took);
    BOOST_TEST((now() - *made.copied_at < std::chrono::minutes(1)));
    for (bool const in_full : {false, true}) {
        replica_at after(source);
        BOOST_REQUIRE(after.apply(golden_cause::follow, rows, in_full));
        BOOST_TEST((after.golden.status().copied_at == made.copied_at));
        BOOST_TEST((after.golden.status().copy_took == made.copy_took));
    }
}

BOOST_AUTO_TEST_CASE(of_a_copy_whose_making_nobody_recorded_the_time_is_known_and_no_duration_is_made_up) {
    sqlite_file const source(script);
    one_row rows;
    replica_at before(source);
    BOOST_REQUIRE(before.apply(golden_cause::init, rows));
    std::filesystem::remove(source.folder() / "data" / "copy.db.state");
    replica_at after(source);
    BOOST_REQUIRE(after.apply(golden_cause::follow, rows));
    BOOST_TEST((after.golden.status().copied_at == before.golden.status().copied_at));
    BOOST_TEST(!after.golden.status().copy_took);
}

BOOST_AUTO_TEST_CASE(a_changed_source_moves_the_row_at_init_and_another_replica_follows) {
    sqlite_file const source(script);
    replica_at one(source, "one"), two(source, "two");
    one_row rows;
    BOOST_REQUIRE(one.apply(golden_cause::init, rows));
    BOOST_REQUIRE(two.apply(golden_cause::follow, rows));
    source.run("INSERT INTO t VALUES (2)");
    BOOST_TEST(!two.apply(golden_cause::follow, rows)->copied);
    BOOST_TEST(one.apply(golden_cause::init, rows)->row_moved);
    BOOST_TEST(rows.row.revision == 2);
    BOOST_TEST(two.apply(golden_cause::follow, rows)->copied);
    BOOST_TEST(bool(sqlite_file::bytes_of(source.folder() / "two" / "copy.db") == source.bytes()));
}

// A restore has put an older file with the backups and moved the row to it.
struct restored_backup {
    sqlite_file const source{script};
    std::string older_bytes = source.bytes();
    one_row rows;
    std::filesystem::path folder = source.folder() / "targets", file;

    restored_backup() {
        replica_at maker(source, "maker");
        BOOST_REQUIRE(maker.apply(golden_cause::init, rows));
        rows.row.origin = "backup:b1";
        std::filesystem::create_directory(folder);
        file = folder / (rows.row.version + ".db");
        std::filesystem::copy_file(source.path(), file);
        source.run("INSERT INTO t VALUES (2)");
    }
};

BOOST_AUTO_TEST_CASE(every_replica_follows_a_restored_backup_and_keeps_it_through_init_and_restart) {
    restored_backup b;
    for (auto const* place : {"one", "two", "one"}) {
        replica_at at(b.source, place);
        for (auto const cause : {golden_cause::follow, golden_cause::init}) {
            auto const done = at.apply(cause, b.rows, true);
            BOOST_REQUIRE_MESSAGE(done, done.error().message);
            BOOST_TEST(!done->row_moved);
            BOOST_TEST(done->row.origin == "backup:b1");
        }
        BOOST_TEST(bool(sqlite_file::bytes_of(b.source.folder() / place / "copy.db") == b.older_bytes));
        BOOST_TEST(at.golden.status().origin == "backup:b1");
    }
    std::filesystem::remove(b.file);
    replica_at again(b.source, "one");
    BOOST_TEST(again.apply(golden_cause::follow, b.rows, true).has_value());
}

BOOST_AUTO_TEST_CASE(reset_returns_from_a_restored_backup_to_the_source) {
    restored_backup b;
    replica_at at(b.source);
    BOOST_REQUIRE(at.apply(golden_cause::follow, b.rows));
    auto const done = at.apply(golden_cause::reset, b.rows);
    BOOST_REQUIRE(done);
    BOOST_TEST((done->row_moved && b.rows.row.origin == "source"));
    BOOST_TEST(bool(sqlite_file::bytes_of(b.source.folder() / "data" / "copy.db") == b.source.bytes()));
}

BOOST_AUTO_TEST_CASE(a_restored_file_that_is_gone_cut_or_damaged_is_refused_and_named) {
    restored_backup b;
    auto const refused = [&](std::string_view reason) {
        replica_at at(b.source);
        auto const done = at.apply(golden_cause::follow, b.rows);
        BOOST_REQUIRE(!done);
        BOOST_TEST(done.error().message.find(b.file.string()) != std::string::npos, done.error().message);
        BOOST_TEST(done.error().message.find(reason) != std::string::npos, done.error().message);
        BOOST_TEST(!std::filesystem::exists(b.source.folder() / "data" / "copy.db"));
    };
    auto bytes = b.older_bytes;
    bytes[bytes.size() / 2] ^= 1;
    std::ofstream(b.file, std::ios::binary) << bytes;
    refused("is damaged");
    std::filesystem::resize_file(b.file, bytes.size() - 1);
    refused("bytes, expected");
    std::filesystem::remove(b.file);
    refused("BACKUP_DIR");
}

BOOST_AUTO_TEST_CASE(a_copy_that_was_tampered_with_is_found_in_full_and_replaced) {
    sqlite_file const source(script);
    replica_at at(source);
    one_row rows;
    BOOST_REQUIRE(at.apply(golden_cause::init, rows));
    auto const copy = source.folder() / "data" / "copy.db";
    std::filesystem::permissions(copy, std::filesystem::perms::owner_all);
    sqlite_file::run_on(copy.string(), "UPDATE t SET a = 999");
    auto const healed = at.apply(golden_cause::follow, rows, true);
    BOOST_REQUIRE(healed);
    BOOST_TEST(healed->copied);
    BOOST_TEST(bool(sqlite_file::bytes_of(copy) == source.bytes()));
}

BOOST_AUTO_TEST_CASE(a_replica_without_a_file_that_fits_is_unavailable_until_it_has_one) {
    sqlite_file const source(script);
    replica_at at(source);
    one_row rows;
    rows.row = {std::string(64, 'a'), "backup:b1", 1, 3};
    auto const failed = at.apply(golden_cause::follow, rows);
    BOOST_TEST(bool(failed.error().code == errc::unavailable));
    BOOST_TEST(at.golden.status().state == "unavailable");
    BOOST_TEST(at.golden.status().problem == failed.error().message);
    BOOST_TEST(at.apply(golden_cause::reset, rows)->row_moved);
    BOOST_TEST(rows.row.origin == "source");
    BOOST_TEST(at.golden.status().state == "ready");
    BOOST_TEST(at.golden.status().problem == "");
}

BOOST_AUTO_TEST_CASE(a_failed_reset_leaves_the_replica_ready_on_what_it_had) {
    sqlite_file const source(script);
    replica_at at(source);
    one_row rows;
    BOOST_REQUIRE(at.apply(golden_cause::init, rows));
    std::filesystem::rename(source.path(), source.path() + ".away");
    auto const failed = at.apply(golden_cause::reset, rows);
    BOOST_TEST(failed.error().message.find("looked for " + source.path()) != std::string::npos);
    BOOST_TEST(at.golden.status().state == "ready");
    BOOST_TEST(at.apply(golden_cause::follow, rows)->row.version == rows.row.version);
}

BOOST_AUTO_TEST_CASE(when_the_row_was_moved_by_another_nothing_is_published) {
    sqlite_file const source(script);
    replica_at at(source);
    one_row rows;
    rows.conflicts = true;
    BOOST_TEST(bool(at.apply(golden_cause::init, rows).error().code == errc::conflict));
    BOOST_TEST(!std::filesystem::exists(source.folder() / "data" / "copy.db"));
    rows.conflicts = false;
    BOOST_TEST(at.apply(golden_cause::init, rows)->copied);
}

BOOST_AUTO_TEST_CASE(an_inspection_reads_both_files_and_a_plan_says_what_init_would_do_without_a_trace) {
    sqlite_file const source(script);
    replica_at at(source);
    one_row rows;
    auto const folder = source.folder() / "data";
    auto const names = [&] {
        std::set<std::string> out;
        if (std::filesystem::exists(folder))
            for (auto const& f : std::filesystem::directory_iterator(folder))
                out.insert(f.path().filename().string());
        return out;
    };
    auto const planned = [&] {
        golden_action out = golden_action::keep;
        at.run([&]() -> awaitable<void> {
            auto const plan = co_await at.golden.plan({.cause = golden_cause::init,
                                                       .row = rows.row,
                                                       .until = after(std::chrono::seconds(5)),
                                                       .look_only = true});
            if (plan) out = plan->action;
            BOOST_TEST(bool(plan));
        });
        return out;
    };
    auto const inspected = [&] {
        golden_finds out;
        at.run(
            [&]() -> awaitable<void> { out = *co_await at.golden.inspect(after(std::chrono::seconds(5))); });
        return out;
    };
    std::filesystem::create_directories(folder);
    BOOST_TEST(int(planned()) == int(golden_action::move_row_and_copy));
    BOOST_TEST(bool(inspected().source.content));
    BOOST_TEST(!inspected().copy.content);
    BOOST_TEST(names().empty());

    BOOST_REQUIRE(at.apply(golden_cause::init, rows));
    std::filesystem::remove(folder / "copy.db.state");
    auto const before = names();
    BOOST_TEST(int(planned()) == int(golden_action::keep));
    auto const whole = inspected();
    BOOST_TEST(bool(names() == before));
    BOOST_TEST(bool(whole.source.content == whole.copy.content));
    BOOST_TEST(whole.copy.content->version == rows.row.version);

    std::filesystem::remove(source.path());
    BOOST_TEST(int(planned()) == int(golden_action::keep), "init goes on with its copy, too");
    std::filesystem::permissions(folder / "copy.db", std::filesystem::perms::owner_all);
    std::ofstream(folder / "copy.db", std::ios::app) << '!';
    BOOST_TEST(bool(inspected().copy.content != whole.copy.content));
}

BOOST_AUTO_TEST_CASE(a_lock_lost_before_publishing_leaves_row_and_file_as_they_were) {
    sqlite_file const source(script);
    replica_at at(source);
    one_row rows;
    BOOST_REQUIRE(at.apply(golden_cause::init, rows));
    auto const before = rows.row;
    auto const copy = sqlite_file::bytes_of(source.folder() / "data/copy.db");
    sqlite_file::run_on(source.path(), "INSERT INTO t VALUES (2)");
    bool asked = false;
    at.run([&]() -> awaitable<void> {
        golden_request what{
            .cause = golden_cause::reset, .row = rows.row, .until = after(std::chrono::seconds(10))};
        BOOST_TEST(((co_await at.golden.plan(what))->action != golden_action::keep));
        what.may_publish = [&]() -> awaitable<result<void>> {
            asked = true;
            co_return error{errc::conflict, public_text{"the lock was lost"}};
        };
        auto const done = co_await at.golden.apply(what, &rows);
        BOOST_REQUIRE(!done);
        BOOST_TEST((done.error().code == errc::conflict));
    });
    BOOST_TEST(asked);
    BOOST_TEST(rows.row.revision == before.revision);
    BOOST_TEST((sqlite_file::bytes_of(source.folder() / "data/copy.db") == copy));
    BOOST_TEST(at.golden.status().version == before.version);
    for (auto const& entry : std::filesystem::directory_iterator(source.folder() / "data"))
        BOOST_TEST(entry.path().string().find(".tmp.") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::sqlite
