#include "core/ask/configured_embedder.hpp"

#include <stdexcept>

#include "core/ask/http_embedder.hpp"

namespace vanna::ask {

std::unique_ptr<embedder> create_embedder(config::settings const& s, asio::any_io_executor executor) {
    if (s.embedding_provider != "http") return create_builtin_embedder();
    auto at = net::parse_origin(s.embedding_url);
    if (!at) throw std::runtime_error("EMBEDDING_URL: " + at.error().message);
    return create_http_embedder(std::move(executor),
                                {.at = std::move(*at),
                                 .model = s.embedding_model,
                                 .key = s.embedding_api_key,
                                 .batch_size = s.chroma_batch_size,
                                 .call_limit = std::chrono::milliseconds(s.llm_timeout_ms)});
}

bool may_embed_values(config::settings const& s) {
    return s.embedding_provider != "http" || s.llm_send_samples;
}

}  // namespace vanna::ask
