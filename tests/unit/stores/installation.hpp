// A whole installation for tests of restores, on real stores: a System DB, a target file with its golden
// copy, a BACKUP_DIR, a collection; and the parts that backup and restore jobs take.
#pragma once
#include <cstdlib>
#include <set>

#include "jobs/archive/writer.hpp"
#include "jobs/restore.hpp"
#include "jobs/train.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/db/sqlite/sqlite_file.hpp"
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::test {

// What a job's body is told by, without a scheduler.
struct told_progress : jobs::progress {
    uuid row;
    std::vector<std::string> stages;
    std::shared_ptr<sql::stop_flag> flag = std::make_shared<sql::stop_flag>();
    deadline until = after(120s);
    bool alone = true;

    explicit told_progress(uuid job) : row(job) {}
    void at(std::string stage, int) override {
        if (stages.empty() || stages.back() != stage) stages.push_back(std::move(stage));
    }
    bool cancelled() const override { return flag->why() != sql::stop_reason::none; }
    std::shared_ptr<sql::stop_flag> stop() const override { return flag; }
    deadline limit() const override { return until; }
    uuid id() const override { return row; }
    awaitable<result<void>> still_alone() override {
        if (!alone) co_return error{errc::conflict, public_text{"the lock was lost"}};
        co_return result<void>{};
    }
};

struct installation : migrated_database {
    temporary_folder place;
    sqlite_file target{
        "create table shops (id integer primary key, city text); insert into shops values (1, 'Rome')"};
    std::string base = "restore_test_" + name().substr(name().rfind('_') + 1, 8) + "_k";
    jobs::archive::key_ring keys{.signing = {"00000000000000aa", std::string(32, 'k')},
                                 .previous_signing = {},
                                 .encryption = {},
                                 .previous_encryption = {}};
    jobs::backup_folder folder{place.path()};
    std::filesystem::path copy = target.folder() / "copy.db";
    std::function<void(std::string_view)> at_step;

    ~installation() {
        on_stores([this](jobs::restore_parts& parts) -> awaitable<void> {
            for (auto const& name : co_await collections(parts))
                co_await parts.stores.chroma.drop(name, after(10s));
        });
    }

    // `body` (restore_parts& -> awaitable<void>) on a thread of its own with everything a job has.
    template <class F>
    void on_stores(F body) {
        work_pool pool("job", 2, 64);
        with_pool(
            where(), {},
            [&](postgres::pool& rows) -> awaitable<void> {
                auto const executor = co_await asio::this_coro::executor;
                chroma::client chroma(chroma::connect(executor, std::getenv("CHROMA_HOST"),
                                                      std::uint16_t(std::atoi(std::getenv("CHROMA_PORT")))));
                auto const job_rows = postgres::create_job_store(rows);
                auto const replicas = postgres::create_replica_store(rows);
                auto const embedder = ask::create_builtin_embedder();
                jobs::backup_parts stores{.system_db = where(),
                                          .rows = rows,
                                          .chroma = chroma,
                                          .job_rows = *job_rows,
                                          .replicas = *replicas,
                                          .pool = pool,
                                          .folder = folder,
                                          .keys = keys,
                                          .target_path = copy.string()};
                jobs::restore_parts parts{.stores = stores,
                                          .embedder = *embedder,
                                          .safety = {},
                                          .base_name = base,
                                          .at_step = at_step};
                co_await body(parts);
            },
            180s);
    }

    awaitable<std::vector<std::string>> collections(jobs::restore_parts& parts) {
        auto const all = co_await parts.stores.chroma.collections(after(10s));
        BOOST_REQUIRE_MESSAGE(all, all.error().message);
        std::vector<std::string> out;
        for (auto const& c : *all)
            if (c.name.starts_with(base)) out.push_back(c.name);
        co_return out;
    }

    // A row as the scheduler makes one.
    awaitable<uuid> open_job(jobs::restore_parts& parts, std::string type) {
        jobs::job made{.type = std::move(type), .state = jobs::state::running, .owner = new_id()};
        made.started_at = now();
        auto const added = co_await parts.stores.job_rows.add(made, after(5s));
        BOOST_REQUIRE_MESSAGE(added, added.error().message);
        co_return made.id;
    }

    // The golden copy and the row become what the source is.
    awaitable<void> publish_target(jobs::restore_parts& parts) {
        std::error_code failed;
        std::filesystem::copy_file(target.path(), copy, std::filesystem::copy_options::overwrite_existing,
                                   failed);
        BOOST_REQUIRE(!failed);
        auto const is = jobs::archive::describe("target", copy.string(), {});
        BOOST_REQUIRE(is);
        auto const before = co_await parts.stores.replicas.read(after(5s));
        auto const moved = co_await parts.stores.replicas.move_target({is->sha256, "source", is->size},
                                                                      before->target.revision, after(5s));
        BOOST_REQUIRE_MESSAGE(moved, moved.error().message);
    }

    awaitable<void> learn(jobs::restore_parts& parts) {
        auto const store = postgres::create_knowledge_store(parts.stores.rows);
        ask::knowledge_sources from{.schema = {},
                                    .terms = *co_await store->terms(after(5s)),
                                    .examples = *co_await store->examples("approved", after(5s))};
        auto const trained =
            co_await jobs::train({parts.stores.chroma, parts.embedder, parts.stores.replicas},
                                 std::move(from), {.base_name = base}, after(30s));
        BOOST_REQUIRE_MESSAGE(trained, trained.error().message);
    }

    awaitable<jobs::backup_set> take_backup(jobs::restore_parts& parts) {
        auto const job = co_await open_job(parts, "backup");
        told_progress told(job);
        auto const done = co_await jobs::back_up(parts.stores, {}, told);
        BOOST_REQUIRE_MESSAGE(done, done.error().message << " " << done.error().detail);
        run("update jobs set state = 'succeeded', finished_at = now() where id = '" + to_string(job) + "'");
        auto const set = folder.find(done->name.id);
        BOOST_REQUIRE(set);
        co_return *set;
    }

    void add_term(std::string name) {
        run("insert into business_ontologies (id, term_name, description) values (gen_random_uuid(), '" +
            name + "', 'about " + name + "')");
    }

    // What lies in BACKUP_DIR that is no set, no record and no marker.
    std::set<std::string> left_over() const {
        std::set<std::string> out;
        for (auto const& entry : std::filesystem::directory_iterator(place.path())) {
            auto const file = entry.path().filename().string();
            bool const is_set = file.starts_with("backup_") || file.starts_with("safety_");
            if (!is_set && file != ".vanna-backups" && file != "targets") out.insert(file);
        }
        return out;
    }
    std::size_t restored_targets() const {
        std::error_code none;
        return std::size_t(std::distance(std::filesystem::directory_iterator(folder.targets(), none), {}));
    }
};

}  // namespace vanna::test
