#include "server/cli/target_session.hpp"

namespace vanna::cli {

awaitable<result<void>> open_target(engine& e) {
    auto& shared = e.shared();
    if (shared.database) co_return co_await shared.database->refresh(after(std::chrono::seconds(20)));
    if (!shared.golden) co_return result<void>{};
    auto const seen = co_await e.stores().replicas->read(after(std::chrono::seconds(10)));
    if (!seen) co_return seen.error();
    auto const done = co_await shared.golden->apply({.cause = sqlite::golden_cause::follow,
                                                     .row = seen->target,
                                                     .until = after(std::chrono::minutes(10))},
                                                    nullptr);
    if (!done) co_return done.error();
    if (auto ok = co_await shared.file->use(done->row.version); !ok) co_return ok.error();
    co_return co_await shared.file->load_schema(after(std::chrono::seconds(20)));
}

awaitable<result<bool>> open_target_as_it_is(engine& e) {
    auto& shared = e.shared();
    if (!shared.golden) {  // there is no copy
        if (auto opened = co_await open_target(e); !opened) co_return opened.error();
        co_return true;
    }
    auto const seen = co_await e.stores().replicas->read(after(std::chrono::seconds(10)));
    if (!seen) co_return seen.error();
    auto const plan = co_await shared.golden->plan({.cause = sqlite::golden_cause::init,
                                                    .row = seen->target,
                                                    .until = after(std::chrono::minutes(10)),
                                                    .look_only = true});
    if (!plan) co_return plan.error();
    if (plan->action != sqlite::golden_action::keep) co_return false;
    if (auto ok = co_await shared.file->use(plan->row.version); !ok) co_return ok.error();
    if (auto ok = co_await shared.file->load_schema(after(std::chrono::seconds(20))); !ok)
        co_return ok.error();
    co_return true;
}

chroma::client chroma_of(engine& e) {
    return chroma::client(
        chroma::connect(e.executor(), e.settings().chroma_host, std::uint16_t(e.settings().chroma_port)));
}

target_session::target_session(engine& e)
    : engine_(e),
      tasks_(e.executor()),
      records_(e.executor(), e.shared().spool(), "cli", *e.stores().history, e.shared().job,
               query::spool_limits{}, [&shared = e.shared()] { return shared.in_maintenance(); }),
      queries_({e.shared().settings, *e.shared().target, e.shared().running, e.shared().flights}, records_,
               nullptr, nullptr, *e.stores().history) {}

awaitable<result<void>> target_session::open() {
    if (auto ok = co_await engine_.connect(); !ok) co_return ok.error();
    // During maintenance the records stay in the spool, and a server brings them in afterwards.
    if (auto const seen = co_await engine_.stores().replicas->read(after(std::chrono::seconds(10))); seen)
        engine_.shared().maintenance.set(seen->maintenance);
    tasks_.spawn("records", [this] { return records_.run(); });
    co_return co_await open_target(engine_);
}

awaitable<void> target_session::close() {
    (void)co_await records_.flush(after(std::chrono::seconds(10)));
    tasks_.cancel();
    co_await tasks_.wait();
}

}  // namespace vanna::cli
