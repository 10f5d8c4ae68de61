// Whether the model is there, for /health: its list of models is asked for now and then, which costs nothing,
// and a breaker that questions have opened counts as down. On the control thread.
#pragma once
#include "config/settings.hpp"
#include "core/ask/model/generator.hpp"
#include "core/health/board.hpp"
#include "core/net/http_client.hpp"

namespace vanna::app {

class model_probe {
  public:
    // `s` has been checked and has a LLM_BASE_URL.
    model_probe(asio::any_io_executor executor, config::settings const& s, changing_secret key,
                ask::model::standing shared);

    awaitable<health::component> look(deadline limit);

  private:
    changing_secret key_;
    ask::model::standing shared_;
    net::http_client client_;
};

}  // namespace vanna::app
