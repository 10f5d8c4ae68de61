#include "db/chroma/client.hpp"

#include <algorithm>

#include "db/chroma/json.hpp"
#include "db/chroma/names.hpp"

namespace vanna::chroma {
namespace {

namespace json = boost::json;

constexpr std::string_view collections_path =
    "/api/v2/tenants/default_tenant/databases/default_database/collections";

// Names are validated and ids are the server's own: nothing in them needs escaping.
std::string path_of(std::string_view name_or_id, std::string_view action = {}) {
    auto path = std::string(collections_path) + "/" + std::string(name_or_id);
    if (!action.empty()) path += "/" + std::string(action);
    return path;
}

error bad_name(std::string const& name) {
    return {errc::invalid_input,
            public_text{"'" + name +
                        "' cannot be the name of a collection: 3 to 512 of a-z, A-Z, 0-9, '.', '_' and '-', "
                        "a letter or digit at both ends"}};
}

}  // namespace

awaitable<result<json::value>> client::call(std::string method, std::string path, json::value body,
                                            deadline limit) {
    auto const what = method + " " + path;
    auto answer = co_await via_->send(std::move(method), std::move(path),
                                      body.is_null() ? std::string() : json::serialize(body), limit);
    if (!answer) co_return answer.error();
    if (answer->status < 200 || answer->status > 299) co_return read_failure(*answer, what);
    if (answer->body.empty()) co_return json::value(nullptr);
    json::error_code failed;
    auto parsed = json::parse(answer->body, failed);
    if (failed)
        co_return error{errc::unavailable, public_text{"ChromaDB answered in a form that is not understood"},
                        internal_text{what + ": no JSON"}};
    co_return parsed;
}

awaitable<result<void>> client::heartbeat(deadline limit) {
    auto const answer = co_await call("GET", "/api/v2/heartbeat", nullptr, limit);
    if (!answer) co_return answer.error();
    co_return result<void>{};
}

awaitable<result<std::size_t>> client::max_batch_size(deadline limit) {
    if (max_batch_ > 0) co_return max_batch_;
    auto const answer = co_await call("GET", "/api/v2/pre-flight-checks", nullptr, limit);
    if (!answer) co_return answer.error();
    auto const* size = answer->is_object() ? answer->as_object().if_contains("max_batch_size") : nullptr;
    max_batch_ = size && size->is_number() ? std::max<std::size_t>(1, size->to_number<std::size_t>()) : 100;
    co_return max_batch_;
}

awaitable<result<std::vector<collection>>> client::collections(deadline limit) {
    std::vector<collection> all;
    constexpr std::size_t per_page = 200;
    while (true) {
        auto const path = std::string(collections_path) + "?limit=" + std::to_string(per_page) +
                          "&offset=" + std::to_string(all.size());
        auto const answer = co_await call("GET", path, nullptr, limit);
        if (!answer) co_return answer.error();
        auto const* list = answer->if_array();
        if (!list)
            co_return error{errc::unavailable,
                            public_text{"ChromaDB answered in a form that is not understood"}};
        for (auto const& one : *list) {
            auto read = read_collection(one);
            if (!read) co_return read.error();
            all.push_back(std::move(*read));
        }
        if (list->size() < per_page) co_return all;
    }
}

awaitable<result<collection>> client::get(std::string name, deadline limit) {
    if (!is_valid_name(name)) co_return bad_name(name);
    auto const answer = co_await call("GET", path_of(name), nullptr, limit);
    if (!answer) co_return answer.error();
    co_return read_collection(*answer);
}

awaitable<result<collection>> client::create(std::string name, json::object metadata, deadline limit) {
    if (!is_valid_name(name)) co_return bad_name(name);
    json::object body{{"name", name}, {"configuration", {{"hnsw", {{"space", "cosine"}}}}}};
    if (!metadata.empty()) body["metadata"] = std::move(metadata);
    auto const answer = co_await call("POST", std::string(collections_path), std::move(body), limit);
    if (!answer) co_return answer.error();
    co_return read_collection(*answer);
}

awaitable<result<void>> client::drop(std::string name, deadline limit) {
    if (!is_valid_name(name)) co_return bad_name(name);
    auto const answer = co_await call("DELETE", path_of(name), nullptr, limit);
    if (!answer) co_return answer.error();
    co_return result<void>{};
}

awaitable<result<std::size_t>> client::count(std::string id, deadline limit) {
    auto const answer = co_await call("GET", path_of(id, "count"), nullptr, limit);
    if (!answer) co_return answer.error();
    if (!answer->is_number())
        co_return error{errc::unavailable, public_text{"ChromaDB answered in a form that is not understood"}};
    co_return answer->to_number<std::size_t>();
}

awaitable<result<void>> client::upsert(std::string id, std::vector<record> records, std::size_t batch,
                                       deadline limit) {
    auto const most = co_await max_batch_size(limit);
    if (!most) co_return most.error();
    auto const size = std::max<std::size_t>(1, std::min(batch, *most));
    for (std::size_t at = 0; at < records.size(); at += size) {
        auto const part = std::span<record const>(records).subspan(at, std::min(size, records.size() - at));
        auto const answer = co_await call("POST", path_of(id, "upsert"), write_records(part), limit);
        if (!answer) co_return answer.error();
    }
    co_return result<void>{};
}

awaitable<result<void>> client::remove(std::string id, std::vector<std::string> ids, deadline limit) {
    if (ids.empty()) co_return result<void>{};
    auto const answer = co_await call("POST", path_of(id, "delete"),
                                      json::object{{"ids", json::array(ids.begin(), ids.end())}}, limit);
    if (!answer) co_return answer.error();
    co_return result<void>{};
}

awaitable<result<std::vector<record>>> client::page(std::string id, page_of which, deadline limit) {
    json::array include{"metadatas"};
    if (which.documents) include.emplace_back("documents");
    if (which.embeddings) include.emplace_back("embeddings");
    json::object body{{"limit", which.limit}, {"offset", which.offset}, {"include", std::move(include)}};
    if (!which.where.empty()) body["where"] = std::move(which.where);
    auto const answer = co_await call("POST", path_of(id, "get"), std::move(body), limit);
    if (!answer) co_return answer.error();
    co_return read_records(*answer);
}

awaitable<result<std::vector<record>>> client::by_ids(std::string id, std::vector<std::string> ids,
                                                      bool embeddings, deadline limit) {
    if (ids.empty()) co_return std::vector<record>{};
    json::array include{"documents", "metadatas"};
    if (embeddings) include.emplace_back("embeddings");
    json::object body{
        {"ids", json::array(ids.begin(), ids.end())}, {"limit", ids.size()}, {"include", std::move(include)}};
    auto const answer = co_await call("POST", path_of(id, "get"), std::move(body), limit);
    if (!answer) co_return answer.error();
    co_return read_records(*answer);
}

awaitable<result<std::vector<neighbour>>> client::nearest(std::string id, ask::embedding to, std::size_t n,
                                                          json::object where, deadline limit) {
    json::array queries;  // not in braces: array{array} may be a copy
    queries.push_back(write_vector(to));
    json::object body{{"query_embeddings", std::move(queries)},
                      {"n_results", n},
                      {"include", {"documents", "metadatas", "distances"}}};
    if (!where.empty()) body["where"] = std::move(where);
    auto const answer = co_await call("POST", path_of(id, "query"), std::move(body), limit);
    if (!answer) co_return answer.error();
    co_return read_neighbours(*answer);
}

}  // namespace vanna::chroma
