#include "server/app/restore_control.hpp"

#include "core/ask/configured_embedder.hpp"
#include "core/async/pause.hpp"
#include "core/log.hpp"

namespace vanna::app {
namespace {

constexpr auto look_interval = std::chrono::seconds(3);
constexpr auto look_limit = std::chrono::seconds(60);

}  // namespace

restore_control::restore_control(asio::any_io_executor executor, process& shared, stores& on,
                                 backup_control& backups, jobs::scheduler& jobs)
    : executor_(executor),
      stores_(on),
      jobs_(jobs),
      embedder_(ask::create_embedder(*shared.settings.get(), executor)),
      parts_{.stores = backups.parts(),
             .embedder = *embedder_,
             .safety = {.encrypt = shared.settings.get()->backup_encrypt,
                        .keep = shared.settings.get()->backup_retention_count},
             .base_name = shared.settings.get()->chroma_collection,
             .batch_size = shared.settings.get()->chroma_batch_size,
             .with_values = ask::may_embed_values(*shared.settings.get()),
             .token_life = std::chrono::seconds(shared.settings.get()->jwt_ttl_seconds)},
      tasks_(executor) {}

void restore_control::start() {
    tasks_.spawn("restores", [this] { return look_after(); });
}

awaitable<void> restore_control::stop() {
    tasks_.cancel();
    co_await tasks_.wait();
}

awaitable<void> restore_control::look_after() {
    for (std::string said;;) {
        auto const looked = co_await jobs::look_after_restores(parts_, *stores_.locks, after(look_limit));
        auto const problem = looked ? std::string() : looked.error().message;
        if (!problem.empty() && problem != said)
            log::warn("a restore that was left is not settled yet",
                      {{"error", problem}, {"detail", looked.error().detail}});
        said = problem;
        co_await pause_for(look_interval);
    }
}

awaitable<result<jobs::job>> restore_control::restore(std::string id, std::string requested_by,
                                                      deadline limit) {
    co_return co_await asio::co_spawn(executor_, begin(std::move(id), std::move(requested_by), limit),
                                      asio::use_awaitable);
}

awaitable<result<jobs::job>> restore_control::begin(std::string id, std::string requested_by,
                                                    deadline limit) {
    auto set = co_await offload(
        parts_.stores.pool, [folder = parts_.stores.folder, id = std::move(id)] { return folder.find(id); });
    if (!set) co_return set.error();
    jobs::restore_wish const what{.set = std::move(*set), .trust = trust_, .requested_by = requested_by};
    if (auto ok = co_await jobs::may_restore(parts_, what, limit); !ok) co_return ok.error();
    co_return co_await jobs_.submit(
        {.type = "restore", .requested_by = std::move(requested_by), .subject = what.set.name.id},
        [this, what](jobs::progress& told) -> awaitable<result<boost::json::value>> {
            auto done = co_await jobs::restore(parts_, what, told);
            if (!done) co_return done.error();
            co_return boost::json::value(std::move(*done));
        });
}

}  // namespace vanna::app
