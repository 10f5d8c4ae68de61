#include "jobs/golden_reset.hpp"
#include "server/cli/init_steps.hpp"

namespace vanna::cli {
namespace {

using kind = step_outcome::kind;
constexpr auto copy_limit = std::chrono::minutes(30);
constexpr auto step_limit = std::chrono::minutes(1);

// Under the lock of the cluster's jobs.
awaitable<result<sqlite::golden_outcome>> copy_source(engine& e) {
    auto const lock = co_await e.take_jobs_lock();
    if (!lock) co_return lock.error();
    co_return co_await jobs::copy_source(
        *e.shared().golden, *e.stores().replicas,
        {.cause = sqlite::golden_cause::init, .until = after(copy_limit), .may_publish = [&lock] {
             return (*lock)->still_held(after(step_limit));
         }});
}

}  // namespace

awaitable<result<step_outcome>> copy_target(engine& e, init_mode how) {
    auto& shared = e.shared();
    if (!e.settings().enable_target_db) co_return step_outcome{kind::skipped, "ENABLE_TARGET_DB=false"};
    if (shared.database) {
        if (auto seen = co_await shared.database->refresh(after(step_limit)); !seen) co_return seen.error();
        co_return step_outcome{kind::unchanged, "PostgreSQL, used in place"};
    }
    auto const seen = co_await e.stores().replicas->read(after(step_limit));
    if (!seen) co_return seen.error();
    sqlite::golden_request const what{.cause = sqlite::golden_cause::init,
                                      .row = seen->target,
                                      .until = after(copy_limit),
                                      .look_only = how.check};
    auto const plan = co_await shared.golden->plan(what);
    if (!plan) co_return plan.error();
    bool const in_order = plan->action == sqlite::golden_action::keep;
    if (how.check) {
        auto text =
            "version " + plan->row.version.substr(0, 12) + (in_order ? "" : ", to be copied from the source");
        if (!plan->note.empty()) text += "; " + plan->note;
        co_return step_outcome{in_order ? kind::unchanged : kind::pending, std::move(text)};
    }
    result<sqlite::golden_outcome> done = error{};
    if (in_order)
        done = co_await shared.golden->apply(what, e.stores().replicas.get());
    else
        done = co_await audited<sqlite::golden_outcome>(
            e, e.entry("golden_copy.init", "golden_copy", {{"version", plan->row.version}}),
            [&] { return copy_source(e); });
    if (!done) co_return done.error();
    if (auto ok = shared.file->status(); ok.version != done->row.version)
        if (auto opened = co_await shared.file->use(done->row.version); !opened) co_return opened.error();
    if (auto read = co_await shared.file->load_schema(after(step_limit)); !read) co_return read.error();
    auto text =
        "version " + done->row.version.substr(0, 12) + ", " + std::to_string(done->row.size) + " bytes";
    if (!done->note.empty()) text += "; " + done->note;
    co_return step_outcome{done->row_moved || done->copied ? kind::done : kind::unchanged, std::move(text)};
}

}  // namespace vanna::cli
