#include "core/ask/nearest_pairs.hpp"

#include <algorithm>

namespace vanna::ask {

std::vector<near_pair> pair_neighbours::of(std::string_view question, uuid except, pairs among,
                                           std::size_t most) const {
    auto const known = latest_.get([&](index const& i) { return i.of == among; },
                                   [&] {
                                       auto made = std::make_shared<index>();
                                       made->of = among;
                                       for (auto const& e : *among)
                                           made->vectors.push_back(builtin_embedding(e.question));
                                       return made;
                                   });
    auto const asked = builtin_embedding(question);
    std::vector<std::pair<double, std::size_t>> found;
    for (std::size_t i = 0; i < known->vectors.size(); ++i)
        if (auto const close = similarity(asked, known->vectors[i]); close > 0 && (*among)[i].id != except)
            found.emplace_back(-close, i);
    auto const kept = std::min(most, found.size());
    std::partial_sort(found.begin(), found.begin() + std::ptrdiff_t(kept), found.end());
    std::vector<near_pair> out;
    for (std::size_t i = 0; i < kept; ++i)
        out.push_back({(*among)[found[i].second], -found[i].first});
    return out;
}

}  // namespace vanna::ask
