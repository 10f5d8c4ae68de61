// The built-in embedder under other names, counting what it is given.
#pragma once
#include "core/ask/embedder.hpp"

namespace vanna::test {

struct counting_embedder : ask::embedder {
    std::size_t texts = 0, calls = 0;
    std::string name = "counting/1/384";
    std::string fingerprint() const override { return name; }
    std::size_t dimension() const override { return 384; }
    awaitable<result<std::vector<ask::embedding>>> embed(std::vector<std::string> list, deadline) override {
        texts += list.size();
        ++calls;
        std::vector<ask::embedding> out;
        for (auto const& t : list)
            out.push_back(ask::builtin_embedding(t));
        co_return out;
    }
};

}  // namespace vanna::test
