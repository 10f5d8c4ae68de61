#include "core/ask/embeddings_api.hpp"

#include <boost/json.hpp>
#include <cmath>

namespace vanna::ask::embeddings_api {
namespace {

namespace json = boost::json;

constexpr std::size_t most_dimensions = 32768;

error wrong(std::string what) {
    return {errc::unavailable, public_text{"its answer cannot be used: " + std::move(what)}};
}

std::string many(std::size_t n, std::string_view what) {
    return std::to_string(n) + " " + std::string(what) + (n == 1 ? "" : "s");
}

result<embedding> read_vector(json::value const& from, std::size_t dimension) {
    auto const* numbers = from.if_array();
    if (!numbers) return wrong("an embedding is no list of numbers");
    if (numbers->empty() || numbers->size() > most_dimensions)
        return wrong("a vector of " + many(numbers->size(), "number") + "; expected 1 to " +
                     std::to_string(most_dimensions));
    if (dimension != 0 && numbers->size() != dimension)
        return wrong("a vector of " + many(numbers->size(), "number") + " where " +
                     std::to_string(dimension) +
                     " were expected; has the model behind EMBEDDING_MODEL changed?");
    embedding out;
    out.reserve(numbers->size());
    for (auto const& n : *numbers) {
        auto const value = n.is_number() ? n.to_number<double>() : std::nan("");
        if (!std::isfinite(static_cast<float>(value)))
            return wrong("a vector holds a value that is no number");
        out.push_back(static_cast<float>(value));
    }
    return out;
}

// Where it belongs: its "index", else where it stands.
result<std::size_t> place_of(json::object const& item, std::size_t position, std::size_t texts) {
    auto const* index = item.if_contains("index");
    if (!index) return position;
    json::error_code ec;
    auto const place = index->is_number() ? index->to_number<std::size_t>(ec) : texts;
    if (ec || place >= texts)
        return wrong("an index that belongs to no text; there are " + std::to_string(texts));
    return place;
}

}  // namespace

std::string request(std::string_view model, std::span<std::string const> texts) {
    return json::serialize(
        json::object{{"model", model}, {"input", json::array(texts.begin(), texts.end())}});
}

result<std::vector<embedding>> read(std::string_view body, std::size_t texts, std::size_t dimension) {
    json::error_code ec;
    auto const parsed = json::parse(body, ec);
    if (ec) return wrong("it is not JSON");
    auto const* object = parsed.if_object();
    auto const* found = object ? object->if_contains("data") : nullptr;
    auto const* data = found ? found->if_array() : nullptr;
    if (!data) return wrong("it has no list \"data\"");
    if (data->size() != texts) return wrong(many(data->size(), "vector") + " for " + many(texts, "text"));
    std::vector<embedding> out(texts);
    for (std::size_t i = 0; i < texts; ++i) {
        auto const* item = (*data)[i].if_object();
        auto const* numbers = item ? item->if_contains("embedding") : nullptr;
        if (!numbers) return wrong("an item of \"data\" has no \"embedding\"");
        auto const place = place_of(*item, i, texts);
        if (!place) return place.error();
        if (!out[*place].empty()) return wrong("two vectors for text " + std::to_string(*place));
        auto vector = read_vector(*numbers, dimension);
        if (!vector) return vector.error();
        dimension = vector->size();
        out[*place] = std::move(*vector);
    }
    return out;
}

}  // namespace vanna::ask::embeddings_api
