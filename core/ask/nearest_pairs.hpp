// The approved pairs nearest to a question, for whoever reviews a proposal: by the built-in embedder, so that
// they are found with and without ChromaDB, and the same on every replica.
#pragma once
#include "core/ask/built_once.hpp"
#include "core/ask/embedder.hpp"
#include "core/ask/ports.hpp"

namespace vanna::ask {

struct near_pair {
    example pair;
    double similarity = 0;  // cosine of the questions
};

// One for all workers. Pool threads only: the vectors of pairs that it has not seen yet are computed.
class pair_neighbours {
  public:
    using pairs = std::shared_ptr<std::vector<example> const>;
    // At most `most` of `among`, the nearest first, `except` itself left out; none without likeness.
    std::vector<near_pair> of(std::string_view question, uuid except, pairs among, std::size_t most) const;

  private:
    struct index {
        pairs of;
        std::vector<embedding> vectors;
    };
    built_once<index> latest_;
};

}  // namespace vanna::ask
