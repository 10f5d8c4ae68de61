// What administrators see and ask of the knowledge base, on one worker: it reads with the worker's stores,
// and hands jobs to the control thread.
#pragma once
#include "core/admin/knowledge_bases.hpp"
#include "db/chroma/knowledge_base.hpp"
#include "server/app/knowledge_control.hpp"

namespace vanna::app {

class knowledge_admin final : public admin::knowledge_bases {
  public:
    struct parts {
        process& shared;
        replica::store& replicas;
        jobs::store& job_rows;
        std::shared_ptr<chroma::client> chroma;
        std::shared_ptr<ask::embedder> embedder;
        knowledge_control& jobs;
    };
    explicit knowledge_admin(parts on) : on_(std::move(on)) {}

    awaitable<result<boost::json::object>> status(deadline limit) override;
    awaitable<result<boost::json::object>> documents(admin::document_request which, deadline limit) override;
    awaitable<result<jobs::job>> train(std::string requested_by) override;
    awaitable<result<jobs::job>> clear(std::string requested_by) override;
    awaitable<result<jobs::job>> evaluate(std::string requested_by) override;

  private:
    chroma::knowledge_base base_of(replica::knowledge_state row) const;
    awaitable<void> describe_content(boost::json::object& out, replica::knowledge_state row, deadline limit);
    awaitable<result<void>> describe_jobs(boost::json::object& out, deadline limit);
    awaitable<result<boost::json::array>> collections(std::string current, deadline limit);

    parts on_;
};

}  // namespace vanna::app
