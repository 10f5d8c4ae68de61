// One worker's share of the server, built on its executor in dependency order: stores, sessions, queries,
// asking, the API's context. Member order is the proof of lifetimes.
#pragma once
#include "core/async/task_group.hpp"
#include "core/auth/sessions.hpp"
#include "core/query/service.hpp"
#include "core/query/trail.hpp"
#include "db/chroma/client.hpp"
#include "db/redis/client.hpp"
#include "server/api/context.hpp"
#include "server/app/knowledge_admin.hpp"
#include "server/app/process.hpp"
#include "server/app/stores.hpp"
#include "server/http/listener.hpp"

namespace vanna::app {

// What the API asks of the control thread and of all workers together; built before the units.
struct control_links {
    jobs::scheduler& jobs;
    admin::golden_copies& golden;
    admin::backups& backups;
    std::function<awaitable<result<jobs::job>>(std::string, std::string)> vacuum;
    knowledge_control& knowledge;
    std::function<std::string()> metrics;
    std::function<boost::json::array()> pools;
};

class unit final : private http::authenticator {
  public:
    unit(std::size_t index, asio::any_io_executor executor, process& shared, control_links control,
         postgres::pool_options connections);

    // Starts connecting to the stores; ends when the first connection stands or `limit` passes, whichever is
    // first.
    awaitable<void> open(deadline limit);
    // Flushes the records, until `limit` and only while PostgreSQL takes them, and closes the stores; after
    // the server has stopped.
    awaitable<void> close(deadline limit);

    http::seat seat() { return {context_, this}; }
    stores& own_stores() { return stores_; }
    auth::sessions const& sessions() const { return sessions_; }
    query::service const& queries() const { return queries_; }
    query::trail const& records() const { return records_; }
    redis::client const& redis() const { return redis_; }

  private:
    result<auth::principal> verify(std::string_view token) override;
    result<void> can_record() override;
    std::shared_ptr<ask::retriever> make_retriever();
    void refused(http::request const& r, errc why) override;
    std::optional<error> closed_to_writers() override;
    awaitable<void> sweep();

    process& shared_;
    stores stores_;
    task_group tasks_;
    query::trail records_;
    redis::client redis_;
    std::unique_ptr<query::result_cache> cache_;
    std::unique_ptr<auth::rate_limits> limits_;
    auth::password_hasher passwords_;
    auth::sessions sessions_;
    query::service queries_;
    std::shared_ptr<chroma::client> chroma_;
    std::shared_ptr<ask::embedder> embedder_;
    ask::pipeline asking_;
    task_group askings_;
    knowledge_admin knowledge_;
    api::context context_;
};

}  // namespace vanna::app
