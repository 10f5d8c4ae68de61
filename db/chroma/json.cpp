#include "db/chroma/json.hpp"

namespace vanna::chroma {
namespace {

namespace json = boost::json;

error unreadable(std::string detail) {
    return {errc::unavailable, public_text{"ChromaDB answered in a form that is not understood"},
            internal_text{std::move(detail)}};
}

json::array const* list(json::object const& from, std::string_view key) {
    auto const* found = from.if_contains(key);
    return found ? found->if_array() : nullptr;
}

std::string text(json::value const& from) {
    return from.is_string() ? std::string(from.as_string()) : std::string();
}

ask::embedding vector(json::value const& from) {
    ask::embedding out;
    if (auto const* numbers = from.if_array()) {
        out.reserve(numbers->size());
        for (auto const& n : *numbers)
            out.push_back(n.is_number() ? n.to_number<float>() : 0.0f);
    }
    return out;
}

// Lists beside `ids`, each of its length or absent.
result<std::vector<record>> beside(json::array const& ids, json::array const* documents,
                                   json::array const* metadatas, json::array const* embeddings) {
    std::vector<record> out;
    out.reserve(ids.size());
    for (auto const* other : {documents, metadatas, embeddings})
        if (other && other->size() != ids.size()) return unreadable("lists of different lengths");
    for (std::size_t i = 0; i < ids.size(); ++i) {
        record one;
        one.id = text(ids[i]);
        if (documents) one.document = text((*documents)[i]);
        if (metadatas && (*metadatas)[i].is_object()) one.metadata = (*metadatas)[i].as_object();
        if (embeddings) one.embedding = vector((*embeddings)[i]);
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

result<collection> read_collection(json::value const& from) {
    auto const* object = from.if_object();
    if (!object || !object->contains("id") || !object->contains("name"))
        return unreadable("no collection: " + json::serialize(from).substr(0, 200));
    collection out{text(object->at("id")), text(object->at("name")), {}, {}};
    if (auto const* metadata = object->if_contains("metadata"); metadata && metadata->is_object())
        out.metadata = metadata->as_object();
    if (auto const* dimension = object->if_contains("dimension"); dimension && dimension->is_number())
        out.dimension = dimension->to_number<std::size_t>();
    return out;
}

result<std::vector<record>> read_records(json::value const& from) {
    auto const* object = from.if_object();
    auto const* ids = object ? list(*object, "ids") : nullptr;
    if (!ids) return unreadable("no ids: " + json::serialize(from).substr(0, 200));
    return beside(*ids, list(*object, "documents"), list(*object, "metadatas"), list(*object, "embeddings"));
}

result<std::vector<neighbour>> read_neighbours(json::value const& from) {
    auto const* object = from.if_object();
    auto const first = [&](std::string_view key) -> json::array const* {
        auto const* lists = object ? list(*object, key) : nullptr;
        return lists && !lists->empty() ? (*lists)[0].if_array() : nullptr;
    };
    auto const* ids = first("ids");
    auto const* distances = first("distances");
    if (!ids || !distances || ids->size() != distances->size())
        return unreadable("no neighbours: " + json::serialize(from).substr(0, 200));
    auto records = beside(*ids, first("documents"), first("metadatas"), nullptr);
    if (!records) return records.error();
    std::vector<neighbour> out;
    for (std::size_t i = 0; i < records->size(); ++i)
        out.push_back({std::move((*records)[i]),
                       1 - ((*distances)[i].is_number() ? (*distances)[i].to_number<double>() : 1)});
    return out;
}

json::array write_vector(ask::embedding const& v) {
    json::array out;
    out.reserve(v.size());
    for (auto x : v)
        out.push_back(double(x));
    return out;
}

json::object write_records(std::span<record const> records) {
    json::array ids, embeddings, documents, metadatas;
    for (auto const& r : records) {
        ids.emplace_back(r.id);
        embeddings.push_back(write_vector(r.embedding));
        documents.emplace_back(r.document);
        metadatas.push_back(r.metadata.empty() ? json::value(nullptr) : json::value(r.metadata));
    }
    return {{"ids", std::move(ids)},
            {"embeddings", std::move(embeddings)},
            {"documents", std::move(documents)},
            {"metadatas", std::move(metadatas)}};
}

error read_failure(reply const& from, std::string const& what) {
    std::string said = from.body.substr(0, 500);
    json::error_code failed;
    if (auto const parsed = json::parse(from.body, failed); !failed && parsed.is_object())
        if (auto const* message = parsed.as_object().if_contains("message")) said = text(*message);
    internal_text const detail{what + ": " + std::to_string(from.status) + " " + said};
    switch (from.status) {
        case 404:
            return {errc::not_found, public_text{"the knowledge base's collection does not exist"}, detail};
        case 409:
            return {errc::conflict, public_text{"a collection of that name exists already"}, detail};
        case 400:
        case 422:
            return {errc::invalid_input, public_text{"ChromaDB refused the request: " + said}, detail};
        case 413:
            return {errc::too_large,
                    public_text{"ChromaDB refused a request as too large: lower CHROMA_BATCH_SIZE"}, detail};
        case 429:
            return {errc::overloaded, public_text{"ChromaDB is busy"}, detail};
        default:
            return {errc::unavailable, public_text{"ChromaDB failed"}, detail};
    }
}

}  // namespace vanna::chroma
