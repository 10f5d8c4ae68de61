#include "server/app/unit.hpp"

#include "core/ask/configured_embedder.hpp"
#include "core/log.hpp"
#include "core/metrics_families.hpp"
#include "db/chroma/knowledge_base.hpp"
#include "db/redis/rate_limits.hpp"
#include "db/redis/result_cache.hpp"

namespace vanna::app {

unit::unit(std::size_t index, asio::any_io_executor executor, process& shared, control_links control,
           postgres::pool_options connections)
    : shared_(shared),
      stores_(executor, shared.system_db, connections, *shared.settings.get()),
      tasks_(executor),
      records_(executor, shared.spool(), "worker" + std::to_string(index), *stores_.history, shared.job,
               query::spool_limits{}, [&shared] { return shared.in_maintenance(); }),
      redis_(executor, shared.cache),
      cache_(redis::create_result_cache(redis_)),
      limits_(redis::create_rate_limits(redis_, shared.rate_counters)),
      passwords_(shared.cpu),
      sessions_({.users = *stores_.users,
                 .grants = *stores_.grants,
                 .limits = *limits_,
                 .records = records_,
                 .trail = *stores_.audit},
                shared.settings, passwords_, shared.revocations),
      queries_({shared.settings, *shared.target, shared.running, shared.flights}, records_, cache_.get(),
               limits_.get(), *stores_.history),
      chroma_(std::make_shared<chroma::client>(chroma::connect(
          executor, shared.settings.get()->chroma_host, std::uint16_t(shared.settings.get()->chroma_port)))),
      embedder_(ask::create_embedder(*shared.settings.get(), executor)),
      asking_(make_retriever(), generators_for(shared, executor), *shared.target),
      askings_(executor),
      knowledge_({shared, *stores_.replicas, *stores_.job_rows, chroma_, embedder_, control.knowledge}),
      context_{.settings = shared.settings,
               .loaded = shared.loaded,
               .sessions = sessions_,
               .passwords = passwords_,
               .users = *stores_.users,
               .audit = *stores_.audit,
               .queries = queries_,
               .history = *stores_.history,
               .records = records_,
               .running = shared.running,
               .target = *shared.target,
               .knowledge = *stores_.knowledge,
               .knowledge_cache = shared.knowledge,
               .conversations = *stores_.conversations,
               .recent_turns = shared.recent_turns,
               .pair_neighbours = shared.pair_neighbours,
               .asking_pool = shared.asking,
               .replicas = *stores_.replicas,
               .job_rows = *stores_.job_rows,
               .jobs = control.jobs,
               .job_streams = shared.job_streams,
               .health = shared.health,
               .maintenance = shared.maintenance,
               .database = *stores_.database,
               .golden = control.golden,
               .backups = control.backups,
               .knowledge_bases = knowledge_,
               .asking = asking_,
               .askings = askings_,
               .vacuum = control.vacuum,
               .pair_approved = [&to = control.knowledge](ask::example pair) { to.add(std::move(pair)); },
               .count_question =
                   [&m = shared.metrics](std::string_view generator, std::string_view outcome) {
                       m.counter(metrics::questions,
                                 {{"generator", std::string(generator)}, {"outcome", std::string(outcome)}})
                           .add();
                   },
               .count_operation =
                   [&m = shared.metrics](std::string_view action, std::string_view outcome) {
                       m.counter(metrics::admin_operations,
                                 {{"action", std::string(action)}, {"outcome", std::string(outcome)}})
                           .add();
                   },
               .metrics = control.metrics,
               .pools = control.pools} {}

awaitable<void> unit::open(deadline limit) {
    if (auto opened = co_await stores_.pool.open(limit); !opened)
        log::warn("System DB not reached yet",
                  {{"where", shared_.system_db.display()}, {"error", opened.error().message}});
    tasks_.spawn("redis", [this] { return redis_.run(); });
    tasks_.spawn("records", [this] { return records_.run(); });
    tasks_.spawn("sweep", [this] { return sweep(); });
}

awaitable<void> unit::close(deadline limit) {
    askings_.cancel();
    co_await askings_.wait();
    sessions_.sweep(true);
    bool const all_committed = !records_.is_failing() && co_await records_.flush(limit);
    if (!all_committed)
        log::warn("records left in the spool; the next process commits them",
                  {{"records", records_.counts().records.load()}});
    tasks_.cancel();
    co_await tasks_.wait();
    co_await stores_.pool.close();
}

std::shared_ptr<ask::retriever> unit::make_retriever() {
    return std::make_shared<chroma::knowledge_base>(
        chroma_, embedder_, [this] { return *shared_.knowledge_state.get(); },
        [this](deadline limit) -> awaitable<result<replica::knowledge_state>> {
            auto const seen = co_await stores_.replicas->read(limit);
            if (!seen) co_return seen.error();
            shared_.knowledge_state.set(seen->knowledge);
            co_return seen->knowledge;
        });
}

result<auth::principal> unit::verify(std::string_view token) {
    if (!shared_.revocations.loaded())
        return error{errc::unavailable,
                     public_text{"the server is not ready to check tokens yet; try again shortly"}}
            .with_retry(std::chrono::seconds(1));
    return sessions_.authenticate(token);
}

result<void> unit::can_record() {
    if (records_.has_room()) return {};
    return error{errc::unavailable,
                 public_text{"the audit trail cannot be written at the moment; try again shortly"},
                 internal_text{"the spool is at its limit"}}
        .with_retry(std::chrono::seconds(5));
}

std::optional<error> unit::closed_to_writers() {
    if (!shared_.revocations.loaded())  // then nothing is known of maintenance either
        return error{errc::unavailable,
                     public_text{"the server is not ready to take changes yet; try again shortly"}}
            .with_retry(std::chrono::seconds(1));
    auto const now = shared_.maintenance.get();
    if (!now->active) return {};
    return error{errc::unavailable,
                 public_text{"the system is under maintenance and takes no changes for now: " + now->reason +
                             "; questions and reads go on"}}
        .with_type("maintenance")
        .with_retry(std::chrono::seconds(5));
}

void unit::refused(http::request const& r, errc why) {
    if (why == errc::unauthenticated)
        sessions_.denied({.ip = std::string(r.remote()), .request_id = std::string(r.id())});
}

awaitable<void> unit::sweep() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        timer.expires_after(std::chrono::seconds(1));
        co_await timer.async_wait(asio::use_awaitable);
        sessions_.sweep();
    }
}

}  // namespace vanna::app
