// An embedder behind OpenAI's /v1/embeddings (EMBEDDING_PROVIDER=http). One a worker; in bounded
// batches, each call with its own share of the time; retries and breaker are core/net/service_client's.
// Learns its dimension from the first answer.
#pragma once
#include "core/ask/embedder.hpp"
#include "core/net/origin.hpp"

namespace vanna::ask {

struct http_embedder_options {
    net::origin at;               // EMBEDDING_URL, with or without /v1
    std::string model, key = {};  // key empty: no Authorization
    std::size_t batch_size = 100;
    std::chrono::milliseconds call_limit{30000};  // of one try
    std::chrono::milliseconds first_pause{200};   // before the second try; doubles
    std::size_t most_answer_bytes = 32 * 1024 * 1024;
};

// embed(): unavailable, overloaded (429 to the end), deadline_exceeded, with what the service said.
std::unique_ptr<embedder> create_http_embedder(asio::any_io_executor executor, http_embedder_options how);

}  // namespace vanna::ask
