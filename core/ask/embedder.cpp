#include "core/ask/embedder.hpp"

#include <array>
#include <cmath>
#include <cstdint>

#include "core/ask/builtin/words.hpp"

namespace vanna::ask {
namespace {

constexpr std::size_t dimensions = 384;
constexpr int version =
    1;  // of the features: raise it when vectors change, so that collections are made anew

std::uint64_t fnv1a(char kind, std::string_view text) {
    std::uint64_t hash = 14695981039346656037ull;
    auto const mix = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull; };
    mix(kind);
    for (char c : text)
        mix(c);
    return hash;
}

// Integers only until the last step, which IEEE arithmetic rounds alike everywhere.
class counts {
  public:
    void add(char kind, std::string_view text, int weight) {
        auto const hash = fnv1a(kind, text);
        sums_[hash % dimensions] += (hash >> 63) != 0 ? -weight : weight;
    }
    embedding normalised() const {
        std::int64_t squares = 0;
        for (auto s : sums_)
            squares += std::int64_t(s) * s;
        embedding out(dimensions, 0.0f);
        if (squares == 0) return out;
        auto const length = std::sqrt(double(squares));
        for (std::size_t i = 0; i < dimensions; ++i)
            out[i] = float(double(sums_[i]) / length);
        return out;
    }

  private:
    std::array<std::int32_t, dimensions> sums_{};
};

class builtin_embedder : public embedder {
  public:
    std::string fingerprint() const override {
        return "builtin/hashed-words-v" + std::to_string(version) + "/" + std::to_string(dimensions);
    }
    std::size_t dimension() const override { return dimensions; }
    awaitable<result<std::vector<embedding>>> embed(std::vector<std::string> texts, deadline) override {
        std::vector<embedding> all;
        all.reserve(texts.size());
        for (auto const& text : texts)
            all.push_back(builtin_embedding(text));
        co_return all;
    }
};

}  // namespace

embedding builtin_embedding(std::string_view text) {
    counts found;
    std::string before;
    for (auto const& part : builtin::identifier_parts(text.substr(0, 32 * 1024))) {
        auto const w = builtin::make_word(part);
        bool const filler = builtin::is_filler(w.text);
        found.add('w', w.singular, filler ? 1 : 6);
        if (filler) continue;
        found.add('r', w.root, 4);
        if (!before.empty()) found.add('p', before + " " + w.singular, 3);
        before = w.singular;
        auto const framed = "^" + w.singular + "$";
        for (std::size_t i = 0; i + 3 <= framed.size(); ++i)
            found.add('t', std::string_view(framed).substr(i, 3), 1);
    }
    return found.normalised();
}

double similarity(embedding const& a, embedding const& b) {
    if (a.size() != b.size()) return 0;
    double dot = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        dot += double(a[i]) * b[i];
        aa += double(a[i]) * a[i];
        bb += double(b[i]) * b[i];
    }
    return aa == 0 || bb == 0 ? 0 : dot / std::sqrt(aa * bb);
}

std::unique_ptr<embedder> create_builtin_embedder() {
    return std::make_unique<builtin_embedder>();
}

}  // namespace vanna::ask
