#include "server/app/model_probe.hpp"

#include "core/ask/openai_path.hpp"

namespace vanna::app {

model_probe::model_probe(asio::any_io_executor executor, config::settings const& s, changing_secret key,
                         ask::model::standing shared)
    : key_(std::move(key)),
      shared_(std::move(shared)),
      client_(std::move(executor), net::parse_origin(s.llm_base_url).value(),
              {.most_connections = 1, .most_body = 4 * 1024 * 1024}) {}

awaitable<health::component> model_probe::look(deadline limit) {
    net::http_request what{"GET", ask::openai_path(client_.to().base, "/models"), {}, {}};
    if (auto const key = key_.get(); !key.empty())
        what.headers.emplace_back("Authorization", "Bearer " + key);
    auto const began = std::chrono::steady_clock::now();
    auto const answer = co_await client_.request(std::move(what), limit);
    health::component seen{.checked_at = now()};
    seen.latency =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    if (!answer) {
        seen.detail = answer.error().message;
        co_return seen;
    }
    // Not every server has such a list, but one that says so is there.
    if (answer->status >= 500)
        seen.detail = "it answered " + std::to_string(answer->status);
    else if (answer->status == 401 || answer->status == 403)
        seen.detail = "it answered " + std::to_string(answer->status) + " (see LLM_API_KEY)";
    else if (auto const rest = shared_.breaker->rests_for(std::chrono::steady_clock::now()); rest.count() > 0)
        seen.detail = "it is not asked after its failures; it is tried again in " +
                      std::to_string((rest.count() + 999) / 1000) + " s";
    else
        seen.state = health::state::connected;
    co_return seen;
}

}  // namespace vanna::app
