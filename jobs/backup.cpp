#include "jobs/backup.hpp"

#include <unistd.h>

#include "core/async/unless_stopped.hpp"
#include "db/postgres/snapshot.hpp"
#include "jobs/archive/reader.hpp"
#include "jobs/archive/writer.hpp"
#include "jobs/backup_ability.hpp"
#include "jobs/percent_teller.hpp"
#include "jobs/pg_dump.hpp"
#include "jobs/pg_tools.hpp"
#include "jobs/retention_plan.hpp"
#include "jobs/work_folder.hpp"

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;

constexpr auto row_limit = std::chrono::seconds(10);

// A file that goes unless it was kept.
class unfinished_file {
  public:
    explicit unfinished_file(fs::path path) : path_(std::move(path)) {}
    unfinished_file(unfinished_file const&) = delete;
    ~unfinished_file() {
        if (!kept_) ::unlink(path_.c_str());
    }
    void keep() { kept_ = true; }

  private:
    fs::path path_;
    bool kept_ = false;
};

class taking {
  public:
    taking(backup_parts& with, backup_options how, progress& told)
        : with_(with), how_(how), told_(told), watch_{told.limit(), told.stop()} {}

    awaitable<result<backup_report>> run() {
        told_.at("checking", 0);
        if (auto ok = co_await check_folder(with_, how_.adopt_folder, told_.limit()); !ok)
            co_return ok.error();
        if (auto ok = co_await check_pg_dump(); !ok) co_return ok.error();
        auto work = co_await offload(with_.pool, [folder = with_.folder, job = told_.id()] {
            folder.sweep();
            return work_folder::create(folder.path(), job);
        });
        if (!work) co_return work.error();
        folder_ = work->path();
        auto const collected = co_await collect();
        auto done = collected ? co_await write() : result<backup_report>(collected.error());
        co_await discard(std::move(*work), with_.pool);
        co_return done;
    }

  private:
    awaitable<result<void>> check_pg_dump() {
        auto const own = co_await offload(with_.pool, [] { return pg_dump_version(); });
        if (!own) {
            auto missing = own.error();
            missing.code = errc::unavailable;  // whatever it lacks, it is not in what was asked for
            co_return missing;
        }
        pg_dump_ = *own;
        co_return result<void>{};
    }

    // Everything that goes into the archive, as files.
    awaitable<result<void>> collect() {
        told_.at("taking a snapshot of the system database", 2);
        auto seen = co_await postgres::export_snapshot(with_.system_db, told_.limit());
        if (!seen) co_return seen.error();
        if (auto ok = remember(**seen); !ok) co_return ok.error();
        told_.at("dumping the system database", 5);
        auto const environment = with_.system_db.environment();
        if (!environment) co_return environment.error();
        auto dumped =
            co_await offload(with_.pool, [environment = *environment, id = (*seen)->id(), to = dump_path(),
                                          watch = watch_] { return dump(environment, id, to, watch); });
        if (!dumped) co_return dumped.error();
        members_.push_back({"postgres.dump", dump_path()});
        if (auto ok = co_await collect_vectors(); !ok) co_return ok.error();
        if (auto ok = co_await collect_target(); !ok) co_return ok.error();
        co_return result<void>{};
    }

    result<void> remember(postgres::exported_snapshot const& seen) {
        auto const theirs = seen.server_version / 10000;
        if (theirs > pg_dump_)
            return error{errc::unavailable,
                         public_text{"PostgreSQL is version " + std::to_string(theirs) + ", pg_dump only " +
                                     std::to_string(pg_dump_) + ": install postgresql-client-" +
                                     std::to_string(theirs) + " where the server runs"}};
        about_.engine_version = VANNA_VERSION;
        about_.postgres_version = seen.server_version;
        about_.migration = seen.migration;
        about_.created_at = now();
        about_.kind = how_.kind == backup_kind::safety ? "safety" : "backup";
        about_.rows = seen.rows;
        target_ = seen.target;
        about_.collection = seen.knowledge.collection;
        about_.fingerprint = seen.knowledge.fingerprint;
        return {};
    }

    awaitable<result<void>> collect_vectors() {
        if (about_.collection.empty()) co_return result<void>{};
        told_.at("reading the vectors", 30);
        auto const saved = co_await unless_stopped(
            save_collection(
                with_.chroma, about_.collection, about_.fingerprint, folder_ / "chroma", with_.pool,
                [this](std::size_t done, std::size_t all) {
                    told_.at("reading the vectors", 30 + int(10 * done / std::max<std::size_t>(1, all)));
                },
                told_.limit()),
            told_.stop());
        if (!saved && how_.kind == backup_kind::safety && saved.error().code == errc::not_found) {
            left_out_.push_back("vectors");
            about_.collection.clear();
            about_.fingerprint.clear();
            co_return result<void>{};
        }
        if (!saved) co_return saved.error();
        about_.vectors = *saved;
        members_.push_back({"chroma/collection.json", folder_ / "chroma/collection.json"});
        members_.push_back({"chroma/records.ndjson", folder_ / "chroma/records.ndjson"});
        co_return result<void>{};
    }

    awaitable<result<void>> collect_target() {
        bool const has_target = !with_.target_path.empty() && !target_.version.empty();
        std::error_code failed;
        if (has_target && how_.kind == backup_kind::safety && !fs::exists(with_.target_path, failed)) {
            left_out_.push_back("target");
        } else if (has_target) {
            about_.target_version = target_.version;
            members_.push_back({"target/vanna_db.db", with_.target_path});
        }
        told_.at("hashing", 42);
        auto described = co_await offload(
            with_.pool,
            [members = members_, watch = watch_]() -> result<std::vector<archive::archived_file>> {
                std::vector<archive::archived_file> out;
                for (auto const& m : members) {
                    auto one = archive::describe(m.name, m.path, watch);
                    if (!one) return one.error();
                    out.push_back(std::move(*one));
                }
                return out;
            });
        if (!described) co_return described.error();
        about_.files = std::move(*described);
        if (!about_.target_version.empty() && about_.files.back().sha256 != about_.target_version) {
            if (how_.kind == backup_kind::safety) co_return without_target();
            co_return error{errc::conflict,
                            public_text{"the target's copy here, " + with_.target_path + ", is " +
                                        about_.files.back().sha256 + ", not the current version " +
                                        about_.target_version +
                                        ": wait until this replica has copied it, or back up on another"}};
        }
        co_return result<void>{};
    }

    result<void> without_target() {
        left_out_.push_back("target");
        about_.target_version.clear();
        about_.files.pop_back();
        members_.pop_back();
        return {};
    }

    awaitable<result<backup_report>> write() {
        auto const executor = co_await asio::this_coro::executor;
        auto const free = co_await offload(with_.pool,
                                           [folder = with_.folder, kind = how_.kind, at = about_.created_at,
                                            encrypt = how_.encrypt]() -> result<backup_name> {
                                               return folder.free_name(kind, at, encrypt);
                                           });
        if (!free) co_return free.error();
        name_ = *free;
        auto const partial = with_.folder.partial_path(name_);
        unfinished_file guard(partial);
        auto written = co_await offload(
            with_.pool, [this, partial, tell = percent_teller(executor, told_, "compressing", 45, 80)] {
                return archive::write_archive(partial, about_, members_, with_.keys,
                                              {.encrypt = how_.encrypt, .threads = how_.threads}, watch_,
                                              tell);
            });
        if (!written) co_return written.error();
        taken_ = since_begin();
        auto checked = co_await offload(
            with_.pool, [this, partial, tell = percent_teller(executor, told_, "verifying", 80, 97)] {
                return check(partial, tell);
            });
        if (!checked) co_return checked.error();
        verified_ = since_begin() - taken_;
        told_.at("publishing", 98);
        if (auto ok = co_await told_.still_alone(); !ok) co_return ok.error();
        auto published =
            co_await offload(with_.pool, [folder = with_.folder, name = name_]() -> result<void> {
                if (auto ok = folder.publish(name); !ok) return ok;
                write_verification(folder.path() / name.file(), {.verified_at = now()});
                return {};
            });
        if (!published) co_return published.error();
        guard.keep();
        co_return co_await report(written->size);
    }

    // All that a verification without a drill looks at: the target's file was checked when it became current.
    result<void> check(fs::path const& partial, archive::progress const& tell) {
        auto const read = archive::check_archive(partial, with_.keys, watch_, tell);
        if (!read) return read.error();
        if (auto ok = archive::require_signature(*read, false); !ok) return ok;
        auto const entries = list_dump(dump_path(), watch_);
        if (!entries) return entries.error();
        return {};
    }

    // The archive is there now: what fails from here on is only said.
    awaitable<result<backup_report>> report(std::uint64_t size) {
        backup_report out{.name = name_, .size = size, .rows = about_.rows, .vectors = about_.vectors};
        out.left_out = left_out_;
        if (!about_.target_version.empty()) out.target_bytes = about_.files.back().size;
        out.taken = taken_;
        out.verified = verified_;
        // A restore's own backup removes nothing: what is older may be all there is when it fails, and the
        // target's file that it is about to make current lies there already.
        if (how_.kind == backup_kind::safety) co_return out;
        told_.at("removing old backups", 99);
        auto const plan = co_await plan_retention(with_, how_.keep, after(row_limit));
        if (!plan) co_return out;
        auto removed =
            co_await offload(with_.pool,
                             [folder = with_.folder, plan = *plan, made = name_.id,
                              current = target_.version]() -> result<std::vector<std::string>> {
                                 std::vector<std::string> gone;
                                 for (auto const& d : plan)
                                     if (!d.keeps && d.set.name.id != made && folder.remove(d.set.name))
                                         gone.push_back(d.set.name.id);
                                 if (!current.empty()) folder.sweep_targets(current);
                                 return gone;
                             });
        if (removed) out.removed = std::move(*removed);
        co_return out;
    }

    std::chrono::milliseconds since_begin() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                     begun_);
    }
    fs::path dump_path() const { return folder_ / "postgres.dump"; }

    backup_parts& with_;
    backup_options how_;
    progress& told_;
    watch watch_;
    fs::path folder_;
    int pg_dump_ = 0;
    replica::target_state target_;
    archive::manifest about_;
    std::vector<archive::member> members_;
    std::vector<std::string> left_out_;
    backup_name name_;
    std::chrono::steady_clock::time_point const begun_ = std::chrono::steady_clock::now();
    std::chrono::milliseconds taken_{}, verified_{};
};

}  // namespace

awaitable<result<backup_report>> back_up(backup_parts& with, backup_options how, progress& told) {
    taking one(with, how, told);
    co_return co_await one.run();
}

}  // namespace vanna::jobs
