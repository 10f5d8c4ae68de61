// Where the calls of an OpenAI-compatible service are, below an address that people give with or without its
// version.
#pragma once
#include <string>
#include <string_view>

namespace vanna::ask {

// "/v1/embeddings" for "/embeddings" below any base but one that ends with /v1, where it is "/embeddings".
inline std::string openai_path(std::string_view base, std::string_view call) {
    return (base.ends_with("/v1") ? "" : "/v1") + std::string(call);
}

}  // namespace vanna::ask
