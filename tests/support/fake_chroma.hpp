// A ChromaDB in memory behind the transport: the calls the engine makes, with the real server's answers and
// errors. Can be made to fail at a chosen call.
#pragma once
#include <algorithm>
#include <map>
#include <vector>

#include "db/chroma/client.hpp"

namespace vanna::test {

struct fake_chroma {
    struct stored {
        std::string id;
        boost::json::object metadata;
        std::vector<std::pair<std::string, boost::json::object>> records;  // in order of insertion
    };
    std::map<std::string, stored> collections;  // by name
    std::vector<std::string> calls;             // "POST /…/upsert", the path after the database
    std::size_t fail_after = SIZE_MAX;          // calls answered before the connection breaks for good
    std::size_t max_batch = 1000;
    int made = 0;

    chroma::reply answer(std::string const& method, std::string const& path, std::string const& body);
    std::size_t count_of(std::string const& name) const { return collections.at(name).records.size(); }
    // How many calls end in this.
    std::size_t called(std::string_view suffix) const;
};

namespace fake {

namespace json = boost::json;

inline json::array listed(json::array const& one) {
    json::array out;
    out.push_back(one);
    return out;
}

inline constexpr std::string_view base =
    "/api/v2/tenants/default_tenant/databases/default_database/collections";

inline chroma::reply said(int status, json::value const& body) {
    return {status, json::serialize(body)};
}
inline chroma::reply missing(std::string_view what) {
    return said(404, {{"error", "NotFoundError"},
                      {"message", "Collection [" + std::string(what) + "] does not exists"}});
}

inline json::value shown(std::string const& name, fake_chroma::stored const& c) {
    return {{"id", c.id}, {"name", name}, {"metadata", c.metadata}, {"dimension", nullptr}};
}

inline bool fits(json::object const& record, json::object const& request) {
    auto const* where = request.if_contains("where");
    if (!where) return true;
    for (auto const& [key, wanted] : where->as_object())
        if (record.at("metadata").as_object().at(key) != wanted) return false;
    return true;
}

inline ask::embedding vector(json::value const& from) {
    ask::embedding out;
    for (auto const& x : from.as_array())
        out.push_back(x.to_number<float>());
    return out;
}

inline chroma::reply upsert(fake_chroma& server, fake_chroma::stored& c, json::object const& request) {
    auto const& ids = request.at("ids").as_array();
    if (ids.size() > server.max_batch) return said(413, {{"error", "x"}, {"message", "batch too large"}});
    for (std::size_t i = 0; i < ids.size(); ++i) {
        json::object record{{"document", request.at("documents").as_array()[i]},
                            {"metadata", request.at("metadatas").as_array()[i]},
                            {"embedding", request.at("embeddings").as_array()[i]}};
        auto const id = std::string(ids[i].as_string());
        auto const found =
            std::find_if(c.records.begin(), c.records.end(), [&](auto const& r) { return r.first == id; });
        if (found != c.records.end())
            found->second = std::move(record);
        else
            c.records.emplace_back(id, std::move(record));
    }
    return said(200, json::object{});
}

inline chroma::reply get(fake_chroma::stored const& c, json::object const& request) {
    json::array ids, documents, metadatas, embeddings;
    auto offset = request.contains("offset") ? request.at("offset").to_number<std::size_t>() : 0;
    auto left = request.contains("limit") ? request.at("limit").to_number<std::size_t>() : SIZE_MAX;
    bool const with_vectors = json::serialize(request.at("include")).find("embeddings") != std::string::npos;
    for (auto const& [id, record] : c.records) {
        if (!fits(record, request)) continue;
        if (auto const* wanted = request.if_contains("ids")) {
            auto const& list = wanted->as_array();
            if (std::find(list.begin(), list.end(), json::value(id)) == list.end()) continue;
        }
        if (offset > 0) {
            --offset;
            continue;
        }
        if (left-- == 0) break;
        ids.emplace_back(id);
        documents.push_back(record.at("document"));
        metadatas.push_back(record.at("metadata"));
        embeddings.push_back(record.at("embedding"));
    }
    return said(200, {{"ids", ids},
                      {"documents", documents},
                      {"metadatas", metadatas},
                      {"embeddings", with_vectors ? json::value(embeddings) : json::value(nullptr)}});
}

inline chroma::reply query(fake_chroma::stored const& c, json::object const& request) {
    auto const to = vector(request.at("query_embeddings").as_array()[0]);
    std::vector<std::pair<double, std::pair<std::string, json::object> const*>> near;
    for (auto const& r : c.records)
        if (fits(r.second, request))
            near.emplace_back(1 - ask::similarity(to, vector(r.second.at("embedding"))), &r);
    std::sort(near.begin(), near.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
    near.resize(std::min(near.size(), request.at("n_results").to_number<std::size_t>()));
    json::array ids, documents, metadatas, distances;
    for (auto const& [distance, r] : near) {
        ids.emplace_back(r->first);
        documents.push_back(r->second.at("document"));
        metadatas.push_back(r->second.at("metadata"));
        distances.emplace_back(distance);
    }
    return said(200, {{"ids", listed(ids)},
                      {"documents", listed(documents)},
                      {"metadatas", listed(metadatas)},
                      {"distances", listed(distances)}});
}

inline chroma::reply about_collection(fake_chroma& server, std::string const& method, std::string name,
                                      json::object const& request) {
    auto const slash = name.find('/');
    auto const action = slash == std::string::npos ? std::string() : name.substr(slash + 1);
    if (action.empty()) {
        auto const found = server.collections.find(name);
        if (found == server.collections.end()) return missing(name);
        if (method == "GET") return said(200, shown(name, found->second));
        server.collections.erase(found);
        return said(200, json::object{});
    }
    name.resize(slash);
    auto const found = std::find_if(server.collections.begin(), server.collections.end(),
                                    [&](auto const& c) { return c.second.id == name; });
    if (found == server.collections.end()) return missing(name);
    auto& c = found->second;
    if (action == "count") return said(200, c.records.size());
    if (action == "upsert") return upsert(server, c, request);
    if (action == "get") return get(c, request);
    if (action == "query") return query(c, request);
    std::erase_if(c.records, [&](auto const& r) {
        auto const& list = request.at("ids").as_array();
        return std::find(list.begin(), list.end(), json::value(r.first)) != list.end();
    });
    return said(200, json::object{});
}

struct in_memory : chroma::transport {
    explicit in_memory(fake_chroma& s) : server(s) {}
    fake_chroma& server;
    awaitable<result<chroma::reply>> send(std::string method, std::string path, std::string body,
                                          deadline) override {
        if (server.calls.size() >= server.fail_after)
            co_return error{errc::unavailable, public_text{"the connection broke"}};
        co_return server.answer(method, path, body);
    }
};

}  // namespace fake

inline chroma::reply fake_chroma::answer(std::string const& method, std::string const& path,
                                         std::string const& body) {
    calls.push_back(method + " " + path);
    using namespace fake;
    if (path == "/api/v2/heartbeat") return said(200, {{"nanosecond heartbeat", 1}});
    if (path == "/api/v2/pre-flight-checks") return said(200, {{"max_batch_size", max_batch}});
    auto const request = body.empty() ? json::object{} : json::parse(body).as_object();
    if (!path.starts_with(base)) return said(404, {{"error", "NotFoundError"}, {"message", "no such path"}});
    auto const rest = path.substr(base.size());
    if (rest.starts_with('/')) return about_collection(*this, method, rest.substr(1), request);
    if (method == "GET") {
        json::array all;
        for (auto const& [name, c] : collections)
            all.push_back(shown(name, c));
        return said(200, all);
    }
    auto const name = std::string(request.at("name").as_string());
    if (collections.contains(name))
        return said(409, {{"error", "ChromaError"}, {"message", "Collection [" + name + "] already exists"}});
    auto& c = collections[name];
    c.id = "00000000-0000-4000-8000-" + std::to_string(100000000000 + ++made);
    if (auto const* metadata = request.if_contains("metadata")) c.metadata = metadata->as_object();
    return said(200, shown(name, c));
}

inline std::size_t fake_chroma::called(std::string_view suffix) const {
    return std::size_t(
        std::count_if(calls.begin(), calls.end(), [&](auto const& c) { return c.ends_with(suffix); }));
}

inline std::unique_ptr<chroma::transport> transport_to(fake_chroma& server) {
    return std::make_unique<fake::in_memory>(server);
}

}  // namespace vanna::test
