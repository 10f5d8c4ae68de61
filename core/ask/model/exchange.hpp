// Exchanges with a model: the prompt sent, its answer read whole or as it comes, within bounds of bytes and
// time. Remembers which parameters the model refuses.
#pragma once
#include "core/ask/model/answer.hpp"
#include "core/ask/model/prompt.hpp"
#include "core/net/service_client.hpp"

namespace vanna::ask::model {

struct call_limits {
    deadline usual;   // of an answer that nobody holds up
    deadline latest;  // of any: one who follows it slowly adds the time this takes, up to here
};

class exchange {
  public:
    exchange(net::service_client& service, std::string model) : service_(service), model_(std::move(model)) {}

    // What the model answered. `follower` null: asked for in one piece. unavailable, deadline_exceeded,
    // overloaded, cancelled. What is referred to must outlive the call.
    awaitable<result<answer_text>> ask(prompt const& what, observer* follower, call_limits limits);

  private:
    awaitable<result<std::unique_ptr<net::service_stream>>> open(prompt const& what, bool stream,
                                                                 deadline limit);

    net::service_client& service_;
    std::string model_;
    bool with_temperature_ = true, with_max_tokens_ = true;
};

}  // namespace vanna::ask::model
