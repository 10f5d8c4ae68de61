#include "server/app/golden_control.hpp"

#include <sys/stat.h>

#include "tests/unit/db/sqlite/open_target.hpp"
#include "tests/unit/jobs/fake_replicas.hpp"

namespace vanna::app {
namespace {

using test::sqlite_file;

struct accepting_trail : audit::store {
    int entries = 0;
    awaitable<result<void>> append(std::vector<audit::entry> e, deadline) override {
        entries += int(e.size());
        co_return result<void>{};
    }
    awaitable<result<page<audit::entry>>> list(audit::filter, page_request, deadline) override {
        co_return page<audit::entry>{};
    }
};

struct no_jobs : jobs::store, jobs::lock_store {
    static error none() { return {errc::unavailable, public_text{"not used here"}}; }
    awaitable<result<void>> add(jobs::job, deadline) override { co_return none(); }
    awaitable<result<saved>> save(jobs::job, deadline) override { co_return none(); }
    awaitable<result<jobs::job>> get(uuid, deadline) override { co_return none(); }
    awaitable<result<page<jobs::job>>> list(jobs::job_filter, page_request, deadline) override {
        co_return none();
    }
    awaitable<result<void>> request_cancel(uuid, deadline) override { co_return none(); }
    awaitable<result<bool>> claim(std::string, instant, deadline) override { co_return none(); }
    awaitable<result<std::size_t>> fail_orphans(std::chrono::seconds, deadline) override { co_return none(); }
    awaitable<result<std::optional<jobs::job>>> running_of(std::string, deadline) override {
        co_return none();
    }
    awaitable<result<std::unique_ptr<jobs::lock>>> try_lock(std::string, jobs::lock_mode, deadline) override {
        co_return none();
    }
};

// The target under test, which can be made to fail at reading the schema.
struct watched_target : sqlite::file_target {
    std::shared_ptr<sqlite::file_target> real;
    int failures = 0, schema_reads = 0;

    explicit watched_target(std::shared_ptr<sqlite::file_target> r) : real(std::move(r)) {}
    awaitable<result<void>> load_schema(deadline limit) override {
        ++schema_reads;
        if (failures-- > 0) co_return error{errc::overloaded, public_text{"the queue is full"}};
        co_return co_await real->load_schema(limit);
    }
    awaitable<result<sql::opened>> open(sql::statement what, sql::open_options how) override {
        return real->open(std::move(what), std::move(how));
    }
    awaitable<result<std::vector<sql::column>>> check(std::string sql, deadline until, uuid by) override {
        return real->check(std::move(sql), until, by);
    }
    awaitable<result<void>> use(std::string version) override { return real->use(std::move(version)); }
    void close(std::string problem) override { real->close(std::move(problem)); }
    std::size_t open_cursors() const override { return real->open_cursors(); }
    bool reads(sqlite::file_stamp const& verified) const override { return real->reads(verified); }
    sql::target_status status() const override { return real->status(); }
    std::shared_ptr<sql::schema const> schema() const override { return real->schema(); }
};

// One replica: its source, its copy, and the control that keeps them together.
struct replica_at {
    asio::io_context context{1};
    sqlite_file source{"CREATE TABLE t (a); INSERT INTO t VALUES (1)"};
    std::string copy_path = (source.folder() / "data/copy.db").string();
    work_pool job{"job", 1, 64}, sqlite{"sqlite", 2, 64};
    test::fake_replicas rows;
    accepting_trail trail;
    no_jobs none;
    health::board health;
    jobs::scheduler scheduler{context.get_executor(), none, none, new_id()};
    sqlite::golden_copy copy{job, {source.path(), copy_path}};
    std::shared_ptr<watched_target> target =
        std::make_shared<watched_target>(sqlite::create_target(sqlite, {.path = copy_path, .guard = {}}));
    golden_control control{context.get_executor(), target, &copy, rows, trail, scheduler, health};
    replica::target_state row{.version = {}, .origin = "source", .size = 0, .revision = 0};

    replica_at() { health.became_ready(); }
    ~replica_at() {
        bool stopped = false;
        asio::co_spawn(context, control.stop(), [&](std::exception_ptr) { stopped = true; });
        until([&] { return stopped; }, "the end");
        job.join();
        sqlite.join();
    }

    void until(std::function<bool()> condition, char const* what) {
        auto const limit = after(std::chrono::seconds(8));  // below the ten seconds between two looks
        while (!condition() && std::chrono::steady_clock::now() < limit) {
            context.restart();
            context.run_for(std::chrono::milliseconds(5));
        }
        BOOST_REQUIRE_MESSAGE(condition(), what);
    }
    // The row now names what the source is.
    void move_row() {
        std::optional<result<sqlite::golden_finds>> found;
        asio::co_spawn(
            context,
            [&]() -> awaitable<void> { found = co_await copy.inspect(after(std::chrono::seconds(8))); },
            [](std::exception_ptr) {});
        until([&] { return found.has_value(); }, "the source's hash");
        row.version = (*found)->source.content->version;
        row.size = (*found)->source.content->size;
        announce();
    }
    void announce() {
        ++row.revision;
        control.follow(row);
    }
    bool serves(std::string const& version) const { return target->status().version == version; }
    std::string ask(std::string sql) {
        std::optional<result<sql::opened>> got;
        asio::co_spawn(
            context,
            [&]() -> awaitable<void> {
                got = co_await target->open({.text = sql}, {.until = after(std::chrono::seconds(8))});
            },
            [](std::exception_ptr) {});
        until([&] { return got.has_value(); }, "an answer");
        return *got ? (*got)->first.bytes : std::string(to_string(got->error().code));
    }
    void damage_in_place() {
        ::chmod(copy_path.c_str(), 0600);
        sqlite_file::run_on(copy_path, "UPDATE t SET a = 666");
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_control_)

BOOST_AUTO_TEST_CASE(a_replica_is_not_ready_before_its_first_copy_is_open) {
    replica_at r;
    BOOST_TEST(r.health.not_ready_because().find("copying") == 0u);
    r.move_row();
    BOOST_TEST(!r.health.not_ready_because().empty());
    r.until([&] { return r.health.not_ready_because().empty(); }, "readiness");
    BOOST_TEST(r.serves(r.row.version));
    BOOST_TEST(r.ask("SELECT a FROM t") == "[1]");
}

BOOST_AUTO_TEST_CASE(a_row_that_moves_is_followed_at_once) {
    replica_at r;
    r.move_row();
    r.until([&] { return r.target->schema() != nullptr; }, "the first schema");
    r.context.restart();
    r.context.run_for(std::chrono::milliseconds(300));  // into the pause between two looks
    r.source.run("INSERT INTO t VALUES (2)");
    r.move_row();
    r.until([&] { return r.serves(r.row.version); }, "the new version");
    BOOST_TEST(r.ask("SELECT count(*) FROM t") == "[2]");
}

BOOST_AUTO_TEST_CASE(a_copy_damaged_in_place_is_not_served_once_it_cannot_be_replaced) {
    replica_at r;
    r.move_row();
    r.until([&] { return r.health.not_ready_because().empty(); }, "readiness");
    auto const away = r.source.path() + ".away";
    std::filesystem::rename(r.source.path(), away);
    r.damage_in_place();
    r.announce();
    r.until([&] { return !r.health.not_ready_because().empty(); }, "the damage being seen");
    BOOST_TEST(r.ask("SELECT a FROM t") == "unavailable");
    BOOST_TEST(r.target->status().problem.find(r.row.version) != std::string::npos);
    std::filesystem::rename(away, r.source.path());
    r.announce();
    r.until([&] { return r.health.not_ready_because().empty(); }, "the healing");
    BOOST_TEST(r.ask("SELECT a FROM t") == "[1]");
}

BOOST_AUTO_TEST_CASE(a_copy_whose_name_is_gone_is_served_on_from_the_open_file_that_was_verified) {
    replica_at r;
    r.move_row();
    r.until([&] { return r.health.not_ready_because().empty(); }, "readiness");
    // The full check that follows must have found the file, too.
    auto const seen = r.copy.status().checked_at;
    r.announce();
    r.until([&] { return r.copy.status().checked_at != seen; }, "the full check");
    std::filesystem::rename(r.source.path(), r.source.path() + ".away");
    std::filesystem::remove(r.copy_path);
    r.announce();
    r.until([&] { return !r.health.not_ready_because().empty(); }, "the loss being seen");
    BOOST_TEST(r.ask("SELECT a FROM t") == "[1]");
}

BOOST_AUTO_TEST_CASE(a_schema_that_could_not_be_read_is_read_again) {
    replica_at r;
    r.target->failures = 1;
    r.move_row();
    r.until([&] { return r.target->schema() != nullptr; }, "the schema");
    BOOST_TEST(r.target->schema()->version == r.row.version);
    BOOST_TEST(r.target->schema_reads >= 2);
    BOOST_TEST(r.health.not_ready_because().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::app
