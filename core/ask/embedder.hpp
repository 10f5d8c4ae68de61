// Turns texts into vectors for the knowledge base and for comparing questions. The built-in one needs no
// model and no network, and gives the same vectors on every machine; http ones (OpenAI-compatible) come
// behind the same interface.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/async/awaitable.hpp"

namespace vanna::ask {

using embedding = std::vector<float>;

class embedder {
  public:
    virtual ~embedder() = default;
    // Names the vector space: provider, model and dimension. Vectors of different fingerprints must not be
    // compared. Empty, and dimension() 0, until ready() or embed() has succeeded once.
    virtual std::string fingerprint() const = 0;
    virtual std::size_t dimension() const = 0;
    // Asks a remote one for its dimension, once. unavailable, deadline_exceeded.
    virtual awaitable<result<void>> ready(deadline) { co_return result<void>{}; }
    // One vector a text, in order. unavailable, deadline_exceeded.
    virtual awaitable<result<std::vector<embedding>>> embed(std::vector<std::string> texts,
                                                            deadline limit) = 0;
};

std::unique_ptr<embedder> create_builtin_embedder();

// The built-in embedding of one text: words, their roots, neighbouring pairs and letter triples of split
// identifiers, hashed (FNV-1a) into 384 signed counts, L2-normalised. A text without letters or digits is the
// zero vector.
embedding builtin_embedding(std::string_view text);
// Cosine of two vectors of one length; 0 when either is zero.
double similarity(embedding const& a, embedding const& b);

}  // namespace vanna::ask
