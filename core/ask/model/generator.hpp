// The generator "llm": asks a model behind an OpenAI-compatible /chat/completions for the SQL, streamed when
// somebody follows. One a worker. All calls of a question, the repair round's and the second tries included,
// share one deadline; a model that fails or is away is an error for the next generator to make good.
#pragma once
#include <functional>

#include "config/settings.hpp"
#include "core/ask/ports.hpp"
#include "core/async/work_pool.hpp"
#include "core/changing_secret.hpp"
#include "core/net/circuit_breaker.hpp"
#include "core/net/origin.hpp"

namespace vanna::ask::model {

// What the workers of a process share.
struct standing {
    std::shared_ptr<net::circuit_breaker> breaker = std::make_shared<net::circuit_breaker>();
    // Told of each call's end: answered, declined, unusable, failed, timeout, cancelled. Any thread.
    std::function<void(std::string_view outcome, double seconds)> count = [](std::string_view, double) {};
    work_pool* pool = nullptr;  // where prompts are made; null: where they are asked for
};

struct options {
    net::origin at;  // LLM_BASE_URL, with or without /v1
    std::string model;
    changing_secret key = {};
    std::chrono::milliseconds time_allowed{30000};  // of one question
    std::chrono::milliseconds first_pause{300};     // before the second try; doubles
    bool send_samples = false;
    std::size_t most_prompt_tokens = 6000;
    standing shared = {};
};

// generate(): sql empty: the model declined. unavailable and deadline_exceeded for people to read: where the
// model is and what it said is in the detail.
std::unique_ptr<generator> create_generator(asio::any_io_executor executor, options how);

// What a question may take longer for the sake of the model that the settings name.
std::chrono::milliseconds extra_time(config::settings const& s);

// The one that the settings name; null without LLM_BASE_URL. For this executor's thread only. Its settings
// have been checked; `key` is LLM_API_KEY as it is now.
std::unique_ptr<generator> create_generator(config::settings const& s, changing_secret key,
                                            asio::any_io_executor executor, standing shared);

}  // namespace vanna::ask::model
