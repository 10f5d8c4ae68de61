#include "jobs/restore.hpp"

#include "core/json_values.hpp"
#include "core/log.hpp"
#include "db/postgres/restore_rows.hpp"
#include "jobs/archive/reader.hpp"
#include "jobs/backup_ability.hpp"
#include "jobs/load_scratch.hpp"
#include "jobs/part_of_progress.hpp"
#include "jobs/percent_teller.hpp"
#include "jobs/restore_knowledge.hpp"
#include "jobs/restore_target.hpp"
#include "jobs/store_call.hpp"
#include "jobs/work_folder.hpp"

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr auto settle_limit = std::chrono::seconds(60);

result<void> accept(archive::opened const& found, bool trust) {
    if (auto ok = archive::require_signature(found, trust); !ok) return ok;
    return require_known_migration(found.what);
}

awaitable<result<archive::opened>> first_member(restore_parts& with, restore_wish what, watch until) {
    co_return co_await offload(with.stores.pool,
                               [path = with.stores.folder.path_of(what.set).string(), keys = with.stores.keys,
                                until, trust = what.trust]() -> result<archive::opened> {
                                   auto found = archive::read_manifest(path, keys, until);
                                   if (!found) return found.error();
                                   if (auto ok = accept(*found, trust); !ok) return ok.error();
                                   return found;
                               });
}

class restoring {
  public:
    restoring(restore_parts& with, restore_wish what, progress& told)
        : with_(with), what_(std::move(what)), told_(told), watch_{told.limit(), told.stop()} {
        journal_.job = told.id();
        journal_.entry = new_id();
        journal_.backup_id = what_.set.name.id;
    }

    awaitable<result<json::object>> run() {
        auto done = co_await look();
        if (!done) co_return done.error();
        auto work = co_await offload(pool(), [folder = folder()] {
            sweep_work_folders(folder.path());
            return work_folder::create(folder.path(), new_id());
        });
        if (!work) co_return work.error();
        content_ = work->path() / "content";
        done = co_await extract();
        if (done) done = co_await prepare();
        if (done) done = co_await flip();
        auto const ended = has_journal_ ? co_await end(std::move(done)) : std::move(done);
        co_await discard(std::move(*work), pool());
        if (!ended) co_return ended.error();
        co_return report();
    }

  private:
    work_pool& pool() { return with_.stores.pool; }
    backup_folder const& folder() { return with_.stores.folder; }

    // Before each step: whether to go on.
    result<void> step(std::string stage, int percent) {
        if (with_.at_step) with_.at_step(stage);
        if (told_.cancelled()) return watch_.check();
        told_.at(stage, percent);
        journal_.stage = std::move(stage);
        return {};
    }

    // What is about to be made stands in the journal before it is. A process that lost its lock writes
    // nothing: the journal may be another restore's by now.
    awaitable<result<void>> note() {
        if (auto alone = co_await told_.still_alone(); !alone) co_return alone;
        has_journal_ = true;
        co_return co_await offload(
            pool(), [folder = folder(), journal = journal_] { return write_journal(folder, journal); });
    }

    // Everything that can be known without reading the whole archive.
    awaitable<result<void>> look() {
        if (auto go = step("checking the backup", 0); !go) co_return go;
        if (auto ok = co_await check_folder(with_.stores, false, told_.limit()); !ok) co_return ok;
        auto const left = co_await settle_left_over(with_, told_.limit());
        if (!left) co_return left.error();
        auto found = co_await first_member(with_, what_, watch_);
        if (!found) co_return found.error();
        archive_ = std::move(*found);
        auto const seen = co_await with_.stores.replicas.read(told_.limit());
        if (!seen) co_return seen.error();
        before_ = *seen;
        if (!makes_vectors()) co_return result<void>{};
        co_return co_await store_call(with_.stores.chroma.heartbeat(call_limit(told_.limit())), told_.stop());
    }

    std::string path() { return folder().path_of(what_.set).string(); }

    bool makes_vectors() const {
        return !archive_.what.collection.empty() || !before_.knowledge.collection.empty();
    }
    // Replicas have that version already, wherever it came from.
    bool brings_target() const {
        return !archive_.what.target_version.empty() &&
               archive_.what.target_version != before_.target.version;
    }

    awaitable<result<void>> extract() {
        if (auto go = step("reading the backup", 2); !go) co_return go;
        auto const executor = co_await asio::this_coro::executor;
        auto found = co_await offload(
            pool(),
            [this, path = path(), tell = percent_teller(executor, told_, "reading the backup", 2, 20)] {
                return archive::extract_archive(path, with_.stores.keys, content_.string(), watch_, tell,
                                                folder().room());
            });
        if (!found) co_return found.error();
        // The file may be another than a moment ago.
        if (auto ok = accept(*found, what_.trust); !ok) co_return ok;
        archive_ = std::move(*found);
        if (archive_.what.target_version.empty()) co_return result<void>{};
        if (auto go = step("checking the target database", 20); !go) co_return go;
        co_return co_await offload(pool(), [file = target_file(), what = archive_.what, until = watch_] {
            return check_target(file, what, until);
        });
    }

    fs::path target_file() const { return content_ / archive::target_name; }

    // Beside what is in use; nobody sees it yet.
    awaitable<result<void>> prepare() {
        if (auto done = co_await load_rows(); !done) co_return done;
        if (makes_vectors())
            if (auto done = co_await build_vectors(); !done) co_return done;
        if (brings_target())
            if (auto done = co_await place_target(); !done) co_return done;
        co_return co_await back_up_first();
    }

    awaitable<result<void>> load_rows() {
        if (auto go = step("making a scratch database", 24); !go) co_return go;
        journal_.scratch = postgres::scratch_name(told_.id());
        if (auto ok = co_await note(); !ok) co_return ok;
        auto made = co_await postgres::make_scratch(with_.stores.system_db, told_.id(), told_.limit());
        if (!made) co_return made.error();
        scratch_.emplace(std::move(*made));
        if (auto go = step("loading the system database", 26); !go) co_return go;
        co_return co_await load_scratch(*scratch_, (content_ / archive::dump_name).string(), archive_.what,
                                        pool(), watch_);
    }

    awaitable<result<void>> place_target() {
        if (auto go = step("placing the target database", 66); !go) co_return go;
        auto const version = archive_.what.target_version;
        std::error_code failed;
        if (!fs::exists(folder().target_file(version), failed)) journal_.target_version = version;
        if (auto ok = co_await note(); !ok) co_return ok;
        co_return co_await offload(pool(), [from = target_file(), folder = folder(), version] {
            return put_target(from, folder, version);
        });
    }

    awaitable<result<void>> build_vectors() {
        if (auto go = step("building the vectors", 50); !go) co_return go;
        auto built = co_await rebuild_knowledge(
            with_, *scratch_, archive_.what, content_, before_,
            [this](std::string name) {
                journal_.collection = std::move(name);
                return note();
            },
            told_);
        if (!built) co_return built.error();
        built_ = std::move(*built);
        co_return result<void>{};
    }

    awaitable<result<void>> back_up_first() {
        if (auto go = step("keeping writers away", 68); !go) co_return go;
        if (auto ok = co_await note(); !ok) co_return ok;
        auto const on = co_await with_.stores.replicas.set_maintenance(
            {.active = true, .reason = "restoring " + what_.set.name.id, .holder = told_.id()},
            told_.limit());
        if (!on) co_return on;
        auto const quiet = co_await unless_stopped(
            postgres::wait_for_writers(with_.stores.system_db, told_.limit()), told_.stop());
        if (!quiet) co_return quiet;
        if (auto go = step("backing up what is replaced", 70); !go) co_return go;
        if (auto ok = co_await note(); !ok) co_return ok;
        if (with_.follow_target) {
            auto const current = co_await with_.follow_target(told_.limit(), told_.stop());
            if (!current && told_.cancelled()) co_return current;
            if (!current)
                log::warn("the safety backup may lack the target", {{"error", current.error().message}});
        }
        part_of_progress part(told_, "safety backup", 70, 88);
        auto options = with_.safety;
        options.kind = backup_kind::safety;
        auto done = co_await jobs::back_up(with_.stores, options, part);
        if (!done) {
            auto failure = done.error();
            failure.message = "the safety backup failed, nothing was changed: " + failure.message;
            co_return failure;
        }
        safety_ = done->name.id;
        left_out_ = json::array(done->left_out.begin(), done->left_out.end());
        co_return result<void>{};
    }

    awaitable<result<void>> flip() {
        if (auto go = step("putting the rows in place", 88); !go) co_return go;
        if (auto ok = co_await note(); !ok) co_return ok;
        postgres::flip plan{.job = told_.id(), .target = {}, .knowledge = {}, .token_life = with_.token_life};
        if (brings_target())
            plan.target = replica::target_state{archive_.what.target_version, origin_of(what_.set.name),
                                                archive_.what.find(archive::target_name)->size};
        if (makes_vectors()) plan.knowledge = built_.state;
        plan.entry = {.id = journal_.entry,
                      .email = what_.requested_by,
                      .action = "backup.restored",
                      .resource = "backups/" + what_.set.name.id,
                      .changes = {{"safety_backup", safety_}, {"trusted", what_.trust}},
                      .status = "success"};
        plan.may_go_on = [this] { return watch_.check(); };
        plan.before_commit = [this]() -> awaitable<result<void>> {
            if (auto go = step("committing", 97); !go) co_return go;
            co_return co_await told_.still_alone();
        };
        // It may wait for a lock. Cut off in its commit, end() finds out what became of it.
        auto rows = co_await unless_stopped(
            postgres::restore_rows(with_.stores.system_db, scratch_->where, std::move(plan), told_.limit()),
            told_.stop());
        if (!rows) co_return rows.error();
        rows_ = std::move(*rows);
        co_return result<void>{};
    }

    // Whatever happened, the System DB says whether the restore stands.
    awaitable<result<void>> end(result<void> done) {
        if (with_.at_step) with_.at_step("cleaning up");
        told_.at("cleaning up", 98);
        auto const stands = co_await settle(with_, journal_, clean_up_limit(*told_.stop(), settle_limit));
        if (stands && *stands) {
            (void)co_await offload(pool(), [path = folder().path_of(what_.set)]() -> result<void> {
                write_verification(path, {.verified_at = now(), .drilled_at = now(), .problem = {}});
                return {};
            });
            co_return result<void>{};
        }
        if (stands && done)
            co_return error{errc::internal,
                            public_text{"the restore's transaction is not in the system database"}};
        if (stands) co_return done;
        log::warn("a restore could not be cleaned up; it is tried again every few seconds",
                  {{"job", to_string(journal_.job)}, {"error", stands.error().message}});
        if (done) co_return done;
        auto failure = done.error();
        failure.message +=
            "; what it had prepared is not cleaned up yet, which is tried again every few seconds: " +
            stands.error().message;
        co_return failure;
    }

    json::object report() const {
        json::object rows;
        for (auto const& [table, n] : rows_)
            rows.emplace(table, n);
        return {{"backup_id", what_.set.name.id},
                {"safety_backup_id", or_null(safety_)},
                {"safety_left_out", left_out_},
                {"signature", archive::to_string(archive_.signature)},
                {"rows", std::move(rows)},
                {"target_version",
                 or_null(brings_target() ? archive_.what.target_version : before_.target.version)},
                {"collection", or_null(built_.state.collection)},
                {"vectors", json::object{{"kept", built_.kept}, {"embedded", built_.embedded}}}};
    }

    restore_parts& with_;
    restore_wish what_;
    progress& told_;
    watch watch_;
    restore_journal journal_;
    bool has_journal_ = false;
    fs::path content_;
    archive::opened archive_;
    replica::snapshot before_;
    std::optional<postgres::scratch> scratch_;
    restored_knowledge built_;
    std::string safety_;
    json::array left_out_;
    postgres::row_counts rows_;
};

}  // namespace

awaitable<result<void>> may_restore(restore_parts& with, restore_wish const& what, deadline limit) {
    if (auto ok = co_await check_folder(with.stores, false, limit); !ok) co_return ok;
    auto const found = co_await first_member(with, what, {.until = limit, .stop = nullptr});
    if (!found) co_return found.error();
    co_return result<void>{};
}

awaitable<result<json::object>> restore(restore_parts& with, restore_wish what, progress& told) {
    restoring one(with, std::move(what), told);
    co_return co_await one.run();
}

}  // namespace vanna::jobs
