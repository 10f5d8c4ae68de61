#include "db/sqlite/golden_copy.hpp"

namespace vanna::sqlite {
namespace {

// The source is read only when that can matter: a start with a copy in order is a stat.
result<golden_finds> look(golden_file const& file, golden_request const& what, interruption& watch) {
    golden_finds out;
    auto copy = file.look_at_copy(what.in_full, watch, !what.look_only);
    if (!copy) return copy.error();
    out.copy = std::move(*copy);
    bool const in_order = out.copy.content && out.copy.content->version == what.row.version;
    if (what.cause == golden_cause::follow && in_order) return out;
    auto source = file.look_at_source(what.cause == golden_cause::reset, watch, !what.look_only);
    if (!source) return source.error();
    out.source = std::move(*source);
    if (comes_from_backup(what.row)) out.restored = file.look_at_restored({what.row.version, what.row.size});
    return out;
}

}  // namespace

awaitable<result<golden_outcome>> golden_copy::apply(golden_request what, replica::store* rows) {
    auto const begun = std::chrono::steady_clock::now();
    auto found = co_await look_and_decide(what);
    if (!found) {
        note(found.error(), what.cause != golden_cause::follow);
        co_return found.error();
    }
    bool const replaces_a_good_one =
        what.cause == golden_cause::reset || found->decided.action == golden_action::move_row_and_copy;
    auto done = co_await carry_out(what, std::move(*found), rows);
    if (done)
        note(*done, begun);
    else
        note(done.error(), replaces_a_good_one);
    co_return done;
}

awaitable<result<golden_copy::finding>> golden_copy::look_and_decide(golden_request what) {
    co_return co_await offload(jobs_, [this, what]() -> result<finding> {
        interruption watch;
        watch.arm(what.until, what.stop.get());
        auto found = look(file_, what, watch);
        if (!found) return found.error();
        auto decided = decide(what.cause, what.row, *found);
        if (!decided) return decided.error();
        auto verified = file_.verified(decided->row.version);
        return finding{std::move(*decided), std::move(verified)};
    });
}

awaitable<result<golden_decision>> golden_copy::plan(golden_request what) {
    auto found = co_await look_and_decide(std::move(what));
    if (!found) co_return found.error();
    co_return std::move(found->decided);
}

// Copied and verified first, then the row, then the rename: at no time does the row name what nobody has.
awaitable<result<golden_outcome>> golden_copy::carry_out(golden_request what, finding found,
                                                         replica::store* rows) {
    auto const decided = std::move(found.decided);
    golden_outcome out{decided.row, false, false, decided.note, found.verified};
    if (decided.action == golden_action::keep) co_return out;
    {
        std::lock_guard const lock(mutex_);
        status_.state = "copying";
    }
    auto const from = decided.action == golden_action::copy_restored
                          ? file_.restored_path(decided.row.version)
                          : file_.paths().source;
    auto ready = co_await offload(jobs_, [this, what, from, row = decided.row] {
        interruption watch;
        watch.arm(what.until, what.stop.get());
        bool const anew = what.cause == golden_cause::reset;
        return file_.stage({row.version, row.size}, from, anew, watch);
    });
    if (!ready) co_return ready.error();
    if (what.may_publish)
        if (auto allowed = co_await what.may_publish(); !allowed) co_return allowed.error();
    if (decided.action == golden_action::move_row_and_copy) {
        if (!rows)
            co_return error{errc::internal, public_text{"internal error"},
                            internal_text{"no store to move the row"}};
        auto moved = co_await rows->move_target(decided.row, what.row.revision, what.until);
        if (!moved) co_return moved.error();
        out.row = std::move(*moved);
        out.row_moved = true;
    }
    auto published =
        co_await offload(jobs_,
                         [this, held = std::move(*ready),
                          version = decided.row.version]() mutable -> result<std::optional<hashed_file>> {
                             if (auto ok = file_.publish(std::move(held)); !ok) return ok.error();
                             return file_.verified(version);
                         });
    if (!published) co_return published.error();
    out.verified = *published;
    out.copied = true;
    co_return out;
}

awaitable<result<golden_finds>> golden_copy::inspect(deadline until) {
    co_return co_await offload(jobs_, [this, until]() -> result<golden_finds> {
        interruption watch;
        watch.arm(until, nullptr);
        auto source = file_.look_at_source(true, watch, false);
        if (!source) return source.error();
        auto copy = file_.look_at_copy(true, watch, false);
        if (!copy) return copy.error();
        return golden_finds{std::move(*source), std::move(*copy), {}};
    });
}

golden_status golden_copy::status() const {
    std::lock_guard const lock(mutex_);
    return status_;
}

void golden_copy::note(golden_outcome const& done, std::chrono::steady_clock::time_point begun) {
    auto const took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    std::lock_guard const lock(mutex_);
    status_.state = "ready";
    status_.problem.clear();
    status_.version = done.row.version;
    status_.origin = done.row.origin;
    status_.size = done.row.size;
    status_.checked_at = now();
    status_.check_took = took;
    if (!done.verified) return;
    std::chrono::nanoseconds const written(done.verified->stamp.modified_ns);
    status_.copied_at = instant(std::chrono::duration_cast<std::chrono::microseconds>(written));
    status_.copy_took = done.verified->copy_took;
}

// A failed attempt to change the file leaves what was there as good as it was.
void golden_copy::note(error const& failure, bool file_is_as_before) {
    std::lock_guard const lock(mutex_);
    if (!file_is_as_before) status_.version.clear();
    status_.state = status_.version.empty() ? "unavailable" : "ready";
    status_.problem = failure.message;
}

}  // namespace vanna::sqlite
