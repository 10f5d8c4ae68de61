// The texts of OpenAI's /v1/embeddings, which Ollama, vLLM, llama.cpp and hosted services speak too: what is
// sent and what comes back, without the sending (core/ask/http_embedder).
#pragma once
#include <span>

#include "core/ask/embedder.hpp"

namespace vanna::ask::embeddings_api {

std::string request(std::string_view model, std::span<std::string const> texts);

// The vectors in the order of the texts. unavailable, saying what is wrong: not JSON, another number of
// vectors than `texts`, places missing or twice, vectors of different lengths or of another than `dimension`
// (0: any), values that are no finite numbers.
result<std::vector<embedding>> read(std::string_view body, std::size_t texts, std::size_t dimension);

}  // namespace vanna::ask::embeddings_api
