#include "server/app/golden_control.hpp"

#include "core/log.hpp"

namespace vanna::app {
namespace {

constexpr auto copy_limit = std::chrono::minutes(30);
constexpr auto schema_limit = std::chrono::seconds(20);
constexpr auto retry_after = std::chrono::seconds(2);

error no_copy() {
    return error{errc::conflict,
                 public_text{"there is no golden copy: the target database is disabled or not a SQLite file"}}
        .with_type("no-golden-copy");
}

boost::json::value or_null(std::optional<instant> const& t) {
    return t ? boost::json::value(to_rfc3339(*t)) : boost::json::value(nullptr);
}

}  // namespace

golden_control::golden_control(asio::any_io_executor executor, std::shared_ptr<sqlite::file_target> file,
                               sqlite::golden_copy* copy, replica::store& rows, audit::store& trail,
                               jobs::scheduler& jobs, health::board& health)
    : executor_(executor),
      file_(std::move(file)),
      copy_(copy),
      rows_(rows),
      trail_(trail),
      jobs_(jobs),
      health_(health),
      tasks_(executor) {}

void golden_control::follow(replica::target_state row) {
    if (!file_) return;
    bool const moved = row.version != row_.version || row.revision != row_.revision;
    row_ = std::move(row);
    if (moved) again_ = true;
    if (following_) return;
    following_ = true;
    health_.set_own_problem("the target database is not open yet");
    tasks_.spawn("golden copy", [this] { return keep_following(); });
}

// One at a time, until the file matches; what is broken is tried again every few seconds, for it may be
// healed.
awaitable<void> golden_control::keep_following() {
    asio::steady_timer timer(executor_);
    for (;;) {
        again_ = false;
        auto const done = co_await apply(sqlite::golden_cause::follow, false);
        health_.set_own_problem(done ? "" : done.error().message);
        if (done && !std::exchange(checked_in_full_, true)) co_await check_in_full();
        if (!done) {
            if (in_use_ != row_.version && !in_use_.empty()) {
                file_->close(done.error().message);
                in_use_.clear();
            }
            log::warn("golden copy does not match", {{"error", done.error().message}});
        }
        while (!again_) {
            // The file itself is looked at again, so that a damaged or missing copy is noticed without a
            // restart.
            timer.expires_after(done ? std::chrono::seconds(10) : std::chrono::seconds(retry_after));
            co_await timer.async_wait(asio::use_awaitable);
            if (!again_) break;
        }
    }
}

awaitable<result<void>> golden_control::apply(sqlite::golden_cause cause, bool in_full) {
    auto const done = co_await copy_->apply(
        {.cause = cause, .row = row_, .in_full = in_full, .until = after(copy_limit)}, &rows_);
    if (!done) co_return done.error();
    if (!done->note.empty()) log::warn(done->note);
    if (!done->copied && in_use_ == done->row.version) co_return result<void>{};
    if (done->copied) {
        audit::entry e{.email = "system",
                       .action = "golden_copy.refresh",
                       .resource = "golden_copy",
                       .changes = {{"version", done->row.version}, {"replaced", in_use_}},
                       .status = "success"};
        if (auto ok = co_await trail_.append({std::move(e)}, after(std::chrono::seconds(5))); !ok)
            log::warn("golden copy refresh not audited", {{"error", ok.error().message}});
    }
    if (auto ok = co_await file_->use(done->row.version); !ok) co_return ok.error();
    in_use_ = done->row.version;
    health_.set_own_problem("");  // its schema, which may take a while, is no reason to wait
    log::info("target opened", {{"version", in_use_}, {"copied", done->copied}});
    if (auto ok = co_await file_->load_schema(after(schema_limit)); !ok)
        log::warn("target schema not read", {{"error", ok.error().message}});
    co_return result<void>{};
}

awaitable<void> golden_control::check_in_full() {
    if (auto ok = co_await apply(sqlite::golden_cause::follow, true); !ok)
        log::warn("golden copy is damaged and could not be replaced", {{"error", ok.error().message}});
}

awaitable<void> golden_control::stop() {
    tasks_.cancel();
    co_await tasks_.wait();
}

awaitable<result<boost::json::object>> golden_control::status(deadline) {
    if (!copy_) co_return no_copy();
    auto const s = copy_->status();
    co_return boost::json::object{
        {"state", s.state},
        {"version", s.version},
        {"origin", s.origin},
        {"size", s.size},
        {"problem", s.problem.empty() ? boost::json::value(nullptr) : boost::json::value(s.problem)},
        {"checked_at", or_null(s.checked_at)},
        {"check_duration_ms", s.check_took.count()},
        {"copied_at", or_null(s.copied_at)},
        {"copy_duration_ms", s.copy_took.count()}};
}

awaitable<result<jobs::job>> golden_control::reset(std::string requested_by, deadline) {
    if (!copy_) co_return no_copy();
    co_return co_await jobs_.submit(
        "golden-copy", std::move(requested_by),
        [this](jobs::progress& p) -> awaitable<result<boost::json::value>> {
            p.at("copying", 10);
            auto const seen = co_await rows_.read(after(std::chrono::seconds(10)));
            if (!seen) co_return seen.error();
            if (auto ok = co_await p.still_alone(); !ok) co_return ok.error();
            auto const done = co_await copy_->apply({.cause = sqlite::golden_cause::reset,
                                                     .row = seen->target,
                                                     .in_full = true,
                                                     .until = after(copy_limit),
                                                     .stop = p.stop()},
                                                    &rows_);
            if (!done) co_return done.error();
            p.at("opening", 80);
            follow(done->row);
            again_ = true;
            if (auto ok = co_await file_->use(done->row.version); !ok) co_return ok.error();
            in_use_ = done->row.version;
            if (auto ok = co_await file_->load_schema(after(schema_limit)); !ok) co_return ok.error();
            co_return boost::json::value{
                {"version", done->row.version}, {"size", done->row.size}, {"moved", done->row_moved}};
        });
}

}  // namespace vanna::app
