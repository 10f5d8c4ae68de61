#include "server/app/golden_control.hpp"

#include "core/json_values.hpp"
#include "core/log.hpp"
#include "jobs/golden_reset.hpp"

namespace vanna::app {
namespace {

constexpr auto copy_limit = std::chrono::minutes(30);
constexpr auto schema_limit = std::chrono::seconds(20);
constexpr auto look_again = std::chrono::seconds(10);  // a copy damaged or gone is noticed without a restart
constexpr auto retry_after = std::chrono::seconds(2);  // what is broken may have been healed

// Whether such a failure says nothing about the file.
bool leaves_it_open(error const& e) {
    return e.code == errc::deadline_exceeded || e.code == errc::cancelled || e.code == errc::overloaded;
}

}  // namespace

golden_control::golden_control(asio::any_io_executor executor, std::shared_ptr<sqlite::file_target> file,
                               sqlite::golden_copy* copy, replica::store& rows, audit::store& trail,
                               jobs::scheduler& jobs, health::board& health)
    : file_(std::move(file)),
      copy_(copy),
      rows_(rows),
      trail_(trail),
      jobs_(jobs),
      health_(health),
      tasks_(executor),
      pause_(executor) {
    if (file_) health_.set_own_problem("copying the target database: no verified copy is open here yet");
}

void golden_control::follow(replica::target_state row) {
    if (!file_) return;
    bool const moved = row.version != row_.version || row.revision != row_.revision;
    row_ = std::move(row);
    if (moved) {
        again_ = true;
        pause_.cancel();
    }
    if (following_) return;
    following_ = true;
    tasks_.spawn("golden copy", [this] { return keep_following(); });
}

// One at a time, until the file matches, and again for as long as the server runs.
awaitable<void> golden_control::keep_following() {
    // Should it end by an exception, the next change of the row starts it again.
    auto const ended = std::unique_ptr<bool, void (*)(bool*)>(&following_, [](bool* is) { *is = false; });
    for (;;) {
        again_ = false;
        auto done = co_await apply(false);
        settle(done);
        bool complete = done && co_await read_schema();
        if (done && !checked_in_full_) {
            done = co_await apply(true);
            checked_in_full_ = done || !leaves_it_open(done.error());
            settle(done);
            complete = done && co_await read_schema();
        }
        if (again_) continue;
        pause_.expires_after(complete ? look_again : retry_after);
        co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

awaitable<result<void>> golden_control::apply(bool in_full) {
    auto const done = co_await copy_->apply({.cause = sqlite::golden_cause::follow,
                                             .row = row_,
                                             .in_full = in_full,
                                             .until = after(copy_limit),
                                             .stop = stop_},
                                            &rows_);
    if (!done) {
        if (in_full && !leaves_it_open(done.error())) verified_.reset();
        co_return done.error();
    }
    if (!done->note.empty()) log::warn(done->note);
    bool const is_open =
        in_use_ == done->row.version && (!done->verified || file_->reads(done->verified->stamp));
    if (!done->copied && is_open) {
        verified_ = done->verified;
        co_return result<void>{};
    }
    if (done->copied) {
        audit::entry e{.email = "system",
                       .action = "golden_copy.refresh",
                       .resource = "golden_copy",
                       .changes = {{"version", done->row.version}, {"replaced", in_use_}},
                       .status = "success"};
        if (auto ok = co_await trail_.append({std::move(e)}, after(std::chrono::seconds(5))); !ok)
            log::warn("golden copy refresh not audited", {{"error", ok.error().message}});
    }
    co_return co_await use(*done);
}

awaitable<result<void>> golden_control::use(sqlite::golden_outcome const& found) {
    auto const version = found.row.version;
    if (auto ok = co_await file_->use(version); !ok) co_return ok.error();
    in_use_ = version;
    verified_ = found.verified;
    log::info("target opened", {{"version", version}, {"copied", found.copied}});
    co_return result<void>{};
}

// Without the schema of the file in use questions go unanswered: false until it has been read.
awaitable<bool> golden_control::read_schema() {
    auto const version = in_use_;
    if (schema_of_ == version) co_return true;
    auto const read = co_await file_->load_schema(after(schema_limit));
    if (read)
        schema_of_ = version;
    else
        log::warn("target schema not read; it is tried again", {{"error", read.error().message}});
    co_return read.has_value();
}

// After a failure statements go on only where they read the very file that was verified, of the version that
// is wanted; whatever else is there may hold anything.
void golden_control::settle(result<void> const& done) {
    if (again_) return;  // the row has moved meanwhile: the next round judges
    bool const is_whole = in_use_ == row_.version && verified_ && file_->reads(verified_->stamp);
    bool const is_fine = done || (is_whole && leaves_it_open(done.error()));
    health_.set_own_problem(is_fine ? "" : done.error().message);
    if (done) return;
    log::warn("golden copy does not match", {{"error", done.error().message}});
    if (is_whole) return;
    file_->close(done.error().message);
    in_use_.clear();
}

awaitable<void> golden_control::stop() {
    stop_->request(sql::stop_reason::shutdown);
    tasks_.cancel();
    co_await tasks_.wait();
}

awaitable<result<boost::json::object>> golden_control::status(deadline) {
    if (!copy_) co_return jobs::no_golden_copy();
    auto const s = copy_->status();
    co_return boost::json::object{
        {"state", s.state},
        {"version", s.version},
        {"origin", s.origin},
        {"size", s.size},
        {"problem", or_null(s.problem)},
        {"checked_at", or_null(s.checked_at)},
        {"check_duration_ms", s.check_took.count()},
        {"copied_at", or_null(s.copied_at)},
        {"copy_duration_ms", s.copy_took ? boost::json::value(s.copy_took->count()) : nullptr}};
}

awaitable<result<jobs::job>> golden_control::reset(std::string requested_by, deadline) {
    if (!copy_) co_return jobs::no_golden_copy();
    co_return co_await jobs::start_golden_reset(
        jobs_, *copy_, rows_, std::move(requested_by),
        [this](sqlite::golden_outcome done) -> awaitable<result<void>> {
            follow(done.row);
            if (auto ok = co_await use(done); !ok) co_return ok.error();
            if (co_await read_schema()) co_return result<void>{};
            co_return error{errc::unavailable, public_text{"the copy is in use, but its schema could not be "
                                                           "read; it is tried again"}};
        });
}

}  // namespace vanna::app
