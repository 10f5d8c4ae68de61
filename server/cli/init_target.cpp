#include "server/cli/init_steps.hpp"

namespace vanna::cli {
namespace {

using kind = step_outcome::kind;
constexpr auto copy_limit = std::chrono::minutes(30);
constexpr auto step_limit = std::chrono::minutes(1);

// Under the lock of the cluster's jobs, unless there is nothing to do.
awaitable<result<sqlite::golden_outcome>> copy_source(engine& e, replica::target_state row) {
    auto& golden = *e.shared().golden;
    sqlite::golden_request what{
        .cause = sqlite::golden_cause::init, .row = std::move(row), .until = after(copy_limit)};
    auto const needed = co_await golden.has_work(what);
    if (!needed) co_return needed.error();
    if (!*needed) co_return co_await golden.apply(what, e.stores().replicas.get());
    auto const lock = co_await e.take_jobs_lock();
    if (!lock) co_return lock.error();
    auto const seen = co_await e.stores().replicas->read(after(step_limit));
    if (!seen) co_return seen.error();
    what.row = seen->target;
    what.may_publish = [&lock] { return (*lock)->still_held(after(step_limit)); };
    co_return co_await golden.apply(what, e.stores().replicas.get());
}

}  // namespace

awaitable<result<step_outcome>> copy_target(engine& e, bool check) {
    auto& shared = e.shared();
    if (!shared.golden)
        co_return step_outcome{kind::skipped, e.settings().enable_target_db ? "the target is used in place"
                                                                            : "ENABLE_TARGET_DB=false"};
    auto const seen = co_await e.stores().replicas->read(after(step_limit));
    if (!seen) co_return seen.error();
    if (check) {
        auto const source = co_await shared.golden->hash_source(after(copy_limit));
        if (!source) co_return source.error();
        bool const same = source->version == seen->target.version;
        co_return step_outcome{same ? kind::unchanged : kind::pending,
                               "source " + source->version.substr(0, 12)};
    }
    auto const done = co_await copy_source(e, seen->target);
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
