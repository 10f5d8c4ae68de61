#include "server/app/backup_control.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "core/ask/configured_embedder.hpp"
#include "core/json_values.hpp"
#include "core/log.hpp"
#include "db/postgres/backup_marker.hpp"
#include "jobs/backup_ability.hpp"
#include "jobs/retention_plan.hpp"
#include "jobs/work_folder.hpp"
#include "server/app/database_control.hpp"
#include "server/app/unasked.hpp"

namespace vanna::app {
namespace {

namespace json = boost::json;

constexpr auto look_interval = std::chrono::seconds(30);
constexpr auto sweep_limit = std::chrono::seconds(20);
constexpr auto row_limit = std::chrono::seconds(10);
constexpr auto restore_look_interval = std::chrono::seconds(3);
constexpr auto settle_limit = std::chrono::minutes(2);

jobs::restore_parts restore_parts_of(config::settings const& s, jobs::backup_parts& stores,
                                     ask::embedder& embedder) {
    return {.stores = stores,
            .embedder = embedder,
            .safety = {.encrypt = s.backup_encrypt, .keep = s.backup_retention_count},
            .base_name = s.chroma_collection,
            .batch_size = s.chroma_batch_size,
            .with_values = ask::may_embed_values(s),
            .token_life = std::chrono::seconds(s.jwt_ttl_seconds)};
}

}  // namespace

backup_control::backup_control(asio::any_io_executor executor, process& shared, stores& on,
                               chroma::client& chroma, jobs::scheduler& jobs)
    : executor_(executor),
      shared_(shared),
      stores_(on),
      jobs_(jobs),
      parts_{.system_db = shared.system_db,
             .rows = on.pool,
             .chroma = chroma,
             .job_rows = *on.job_rows,
             .replicas = *on.replicas,
             .pool = shared.job,
             .folder = jobs::backup_folder(shared.settings.get()->backup_dir),
             .keys = jobs::archive::keys_from(*shared.settings.get()),
             .target_path = shared.golden ? shared.settings.get()->target_db_path : std::string()},
      embedder_(ask::create_embedder(*shared.settings.get(), executor)),
      restore_(restore_parts_of(*shared.settings.get(), parts_, *embedder_)),
      tasks_(executor) {
    if (shared.golden)
        restore_.follow_target = [this](deadline limit, std::shared_ptr<sql::stop_flag> stop) {
            return follow_target(limit, std::move(stop));
        };
    if (shared.database)
        restore_.schema_in_place = [on = shared.database](deadline limit) { return schema_of(on, limit); };
}

// Beside golden_control, which a command has not: the copy takes turns, and whoever reads it opens it anew.
awaitable<result<void>> backup_control::follow_target(deadline limit, std::shared_ptr<sql::stop_flag> stop) {
    auto const seen = co_await stores_.replicas->read(limit);
    if (!seen) co_return seen.error();
    if (seen->target.version.empty()) co_return result<void>{};
    auto const done = co_await shared_.golden->apply(
        {.cause = sqlite::golden_cause::follow, .row = seen->target, .until = limit, .stop = std::move(stop)},
        nullptr);
    if (!done) co_return done.error();
    co_return result<void>{};
}

// Runs on the thread that owns the stores, whoever asks.
template <class T, class F>
awaitable<result<T>> backup_control::here(F body) {
    co_return co_await asio::co_spawn(executor_, std::move(body), asio::use_awaitable);
}

void backup_control::start() {
    auto const schedule = shared_.settings.get()->backup_schedule;
    jobs_.every(
        "backup", schedule,
        [this, schedule] {
            return start_unasked(*stores_.audit,
                                 {"schedule", "backup.create", "backups", "BACKUP_SCHEDULE=" + schedule},
                                 [this] { return create("schedule", after(row_limit)); });
        },
        [this]() -> awaitable<bool> {
            auto const able = co_await jobs::can_back_up(parts_, after(row_limit));
            if (!able)
                log::warn("the scheduled backup is left to another replica",
                          {{"error", able.error().message}});
            co_return able.has_value();
        });
    tasks_.spawn("backup folder", [this] { return keep_looking(); });
    tasks_.spawn("restores", [this] { return look_after_restores(); });
}

awaitable<void> backup_control::keep_looking() {
    asio::steady_timer timer(executor_);
    for (;;) {
        co_await look();
        auto const swept = co_await jobs::sweep_scratch(parts_, *stores_.locks, after(sweep_limit));
        if (swept && *swept > 0) log::info("scratch stores of ended jobs dropped", {{"count", *swept}});
        timer.expires_after(look_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

// What a killed restore left is settled by whichever replica looks first.
awaitable<void> backup_control::look_after_restores() {
    asio::steady_timer timer(executor_);
    for (std::string last;;) {
        auto const done = co_await jobs::look_after_restores(restore_, *stores_.locks, after(settle_limit));
        auto const problem = done ? std::string() : done.error().message;
        if (!problem.empty() && problem != last)
            log::warn("restores cannot be looked after", {{"error", problem}});
        last = problem;
        timer.expires_after(restore_look_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

awaitable<void> backup_control::stop() {
    tasks_.cancel();
    co_await tasks_.wait();
}

awaitable<void> backup_control::look() {
    // What a killed job unpacked is nobody's, and may be plain where backups are sealed.
    auto const sets = co_await offload(shared_.job, [folder = parts_.folder] {
        jobs::sweep_work_folders(folder.path());
        return folder.list();
    });
    if (sets) facts_.set(facts_of(*sets, facts()));
}

awaitable<result<jobs::job>> backup_control::create(std::string requested_by, deadline limit) {
    auto const ok =
        co_await here<void>([this, limit]() { return jobs::check_folder(parts_, adopt_, limit); });
    if (!ok) co_return ok.error();
    co_return co_await jobs_.submit({.type = "backup", .requested_by = std::move(requested_by)},
                                    [this](jobs::progress& told) { return back_up(told); });
}

awaitable<result<json::value>> backup_control::back_up(jobs::progress& told) {
    auto const s = shared_.settings.get();
    auto const done = co_await jobs::back_up(
        parts_, {.encrypt = s->backup_encrypt, .keep = s->backup_retention_count, .adopt_folder = adopt_},
        told);
    if (!done) co_return done.error();
    co_await look();
    co_return json::value(view(*done));
}

awaitable<result<jobs::job>> backup_control::verify(std::string id, bool drill, std::string requested_by,
                                                    deadline) {
    auto set = co_await find(std::move(id));
    if (!set) co_return set.error();
    jobs::job_request what{
        .type = "verify", .requested_by = std::move(requested_by), .subject = set->name.id};
    co_return co_await jobs_.submit(
        std::move(what),
        [this, set = std::move(*set), drill](jobs::progress& told) -> awaitable<result<json::value>> {
            auto done = co_await jobs::verify(parts_, set, drill, told);
            co_await look();
            if (!done) co_return done.error();
            co_return json::value(std::move(*done));
        });
}

awaitable<result<jobs::job>> backup_control::restore(std::string id, std::string requested_by,
                                                     deadline limit) {
    return restore(std::move(id), false, std::move(requested_by), limit);
}

awaitable<result<jobs::job>> backup_control::restore(std::string id, bool trust, std::string requested_by,
                                                     deadline limit) {
    auto set = co_await find(std::move(id));
    if (!set) co_return set.error();
    jobs::restore_wish const asked{.set = *set, .trust = trust, .requested_by = requested_by};
    auto const ok =
        co_await here<void>([this, asked, limit] { return jobs::may_restore(restore_, asked, limit); });
    if (!ok) co_return ok.error();
    jobs::job_request what{.type = "restore", .requested_by = requested_by, .subject = set->name.id};
    jobs::restore_wish wish{.set = std::move(*set), .trust = trust, .requested_by = std::move(requested_by)};
    co_return co_await jobs_.submit(
        std::move(what),
        [this, wish = std::move(wish)](jobs::progress& told) -> awaitable<result<json::value>> {
            auto done = co_await jobs::restore(restore_, wish, told);
            co_await look();
            if (!done) co_return done.error();
            co_return json::value(std::move(*done));
        });
}

awaitable<result<jobs::backup_set>> backup_control::find(std::string id) {
    co_return co_await offload(shared_.job,
                               [folder = parts_.folder, id = std::move(id)] { return folder.find(id); });
}

awaitable<result<json::array>> backup_control::list(deadline) {
    auto const sets = co_await offload(shared_.job, [folder = parts_.folder] { return folder.list(); });
    if (!sets) co_return sets.error();
    json::array out;
    for (auto at = sets->rbegin(); at != sets->rend(); ++at)
        out.push_back(view(*at));
    co_return out;
}

awaitable<result<json::array>> backup_control::retention(deadline limit) {
    auto const plan = co_await here<std::vector<jobs::retention_decision>>([this, limit] {
        return jobs::plan_retention(parts_, shared_.settings.get()->backup_retention_count, limit);
    });
    if (!plan) co_return plan.error();
    json::array out;
    for (auto const& d : *plan) {
        auto one = view(d.set);
        one["keep"] = d.keeps;
        one["rule"] = d.rule;
        out.push_back(std::move(one));
    }
    co_return out;
}

awaitable<result<json::object>> backup_control::status(deadline limit) {
    auto const sets = co_await offload(shared_.job, [folder = parts_.folder] { return folder.list(); });
    auto const seen = co_await offload(shared_.job, [folder = parts_.folder] { return folder.marker(); });
    auto const known = co_await here<std::optional<uuid>>(
        [this, limit] { return postgres::recorded_backup_marker(stores_.pool, limit); });
    if (!known) co_return known.error();
    std::string problem;
    if (!seen)
        problem = seen.error().message;
    else if (*known && *known != *seen)
        problem = "this replica does not see the folder of backups: its marker is missing or another's";
    auto const facts = sets ? facts_of(*sets, this->facts()) : this->facts();
    auto const s = shared_.settings.get();
    json::object out{{"folder", std::filesystem::absolute(parts_.folder.path()).string()},
                     {"problem", problem.empty() ? json::value(nullptr) : json::value(problem)},
                     {"sets", facts.sets},
                     {"last_backup_at", or_null(facts.backed_up_at)},
                     {"last_backup_size", facts.size},
                     {"last_verified_at", or_null(facts.verified_at)},
                     {"last_drilled_at", or_null(facts.drilled_at)},
                     {"schedule", s->backup_schedule},
                     {"retention_count", s->backup_retention_count},
                     {"encrypt", s->backup_encrypt}};
    co_return out;
}

awaitable<result<admin::open_backup>> backup_control::open(std::string id, deadline) {
    co_return co_await offload(
        shared_.job, [folder = parts_.folder, id = std::move(id)]() -> result<admin::open_backup> {
            auto const set = folder.find(id);
            if (!set) return set.error();
            auto file = jobs::open_set(folder, *set);
            if (!file) return file.error();
            struct stat is{};
            ::fstat(file->get(), &is);
            return admin::open_backup{std::make_shared<descriptor const>(std::move(*file)), set->name.file(),
                                      "\"" + std::to_string(is.st_ino) + "-" + std::to_string(is.st_size) +
                                          "-" + std::to_string(is.st_mtim.tv_sec) + "\"",
                                      std::uint64_t(is.st_size)};
        });
}

awaitable<result<std::string>> backup_control::read(admin::open_backup const& from, std::uint64_t offset,
                                                    std::size_t size) {
    co_return co_await offload(shared_.job, [file = from.file, offset, size]() -> result<std::string> {
        std::string out(size, '\0');
        auto const n = ::pread(file->get(), out.data(), size, off_t(offset));
        if (n <= 0)
            return error{errc::unavailable, public_text{"the archive cannot be read further"},
                         internal_text{std::generic_category().message(n < 0 ? errno : 0)}};
        out.resize(std::size_t(n));
        return out;
    });
}

awaitable<result<void>> backup_control::remove(std::string id, deadline limit) {
    auto const set = co_await find(std::move(id));
    if (!set) co_return set.error();
    auto const plan = co_await here<std::vector<jobs::retention_decision>>(
        [this, limit] { return jobs::plan_retention(parts_, 1, limit); });
    if (!plan) co_return plan.error();
    for (auto const& d : *plan)
        if (d.set.name.id == set->name.id && d.in_use)
            co_return error{
                errc::conflict,
                public_text{set->name.id +
                            " is in use: a job works on it, or the target database comes from it"}};
    auto const gone = co_await offload(
        shared_.job, [folder = parts_.folder, name = set->name] { return folder.remove(name); });
    if (!gone) co_return gone.error();
    co_return result<void>{};
}

}  // namespace vanna::app
