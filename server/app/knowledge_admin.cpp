#include "server/app/knowledge_admin.hpp"

#include <charconv>

#include "core/json_values.hpp"
#include "db/chroma/names.hpp"
#include "server/api/views.hpp"

namespace vanna::app {
namespace {

namespace json = boost::json;

constexpr auto embedder_limit = std::chrono::seconds(2);
constexpr auto content_limit = std::chrono::seconds(10);

json::object view(ask::document const& d) {
    return {{"id", d.id},
            {"kind", to_string(d.kind)},
            {"subject", d.subject},
            {"text", d.text},
            {"reference", or_null(d.reference)}};
}

json::object by_kind(chroma::knowledge_counts const& counts) {
    json::object out;
    for (auto const& [kind, n] : counts.by_kind)
        out[kind] = n;
    return out;
}

// Why the collection does not stand for what is to be learnt now; empty: it does.
std::string reason_to_train(replica::knowledge_state const& row, std::string const& embedder,
                            sql::schema const* schema) {
    if (row.collection.empty()) return "it has never been trained";
    if (!embedder.empty() && row.fingerprint != embedder)
        return "it was trained with the embedder " + row.fingerprint + ", this server uses " + embedder;
    if (schema && schema->version != row.schema_version)
        return "the target is now version " + schema->version.substr(0, 12) + ", it was trained from " +
               row.schema_version.substr(0, 12);
    return "";
}

struct place {
    std::string collection;  // empty: the first page
    std::size_t offset = 0;
};

result<place> read_cursor(std::string const& text) {
    if (text.empty()) return place{};
    auto const colon = text.rfind(':');
    place out{text.substr(0, colon), 0};
    auto const* end = text.data() + text.size();
    auto const [stop, ec] = colon == text.npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                               : std::from_chars(text.data() + colon + 1, end, out.offset);
    if (ec == std::errc{} && stop == end && !out.collection.empty()) return out;
    return error{errc::invalid_input, public_text{"the page is not valid: see errors"}}.with_field(
        "cursor", "expected the next_cursor of an earlier page");
}

}  // namespace

chroma::knowledge_base knowledge_admin::base_of(replica::knowledge_state row) const {
    return {on_.chroma, on_.embedder, [row = std::move(row)] { return row; }};
}

awaitable<result<json::object>> knowledge_admin::status(deadline limit) {
    auto const seen = co_await on_.replicas.read(limit);
    if (!seen) co_return seen.error();
    auto const& row = seen->knowledge;
    json::object out{
        {"collection", or_null(row.collection)},
        {"fingerprint", or_null(row.fingerprint)},
        {"trained_at", row.moved_at && !row.collection.empty() ? json::value(to_rfc3339(*row.moved_at))
                                                               : json::value(nullptr)},
        {"schema_version", or_null(row.schema_version)},
        {"target_version", or_null(on_.shared.target->status().version)},
        {"problem", nullptr}};
    auto const ready = co_await on_.embedder->ready(std::min(limit, after(embedder_limit)));
    if (!ready) out["problem"] = ready.error().message;
    auto const embedder = on_.embedder->fingerprint();
    auto const reason = reason_to_train(row, embedder, on_.shared.target->schema().get());
    out["embedder"] = or_null(embedder);
    out["stale"] = !reason.empty();
    out["reason"] = or_null(reason);
    co_await describe_content(out, row, std::min(limit, after(content_limit)));
    if (auto ok = co_await describe_jobs(out, limit); !ok) co_return ok.error();
    co_return out;
}

// What ChromaDB does not tell is null, and that it does not is the problem.
awaitable<void> knowledge_admin::describe_content(json::object& out, replica::knowledge_state row,
                                                  deadline limit) {
    out["documents"] = nullptr;
    out["by_kind"] = nullptr;
    if (row.collection.empty()) co_return;
    auto base = base_of(std::move(row));
    auto const counts = co_await base.counts(limit);
    if (!counts) {
        if (out["problem"].is_null()) out["problem"] = counts.error().message;
        co_return;
    }
    out["documents"] = counts->documents;
    out["by_kind"] = by_kind(*counts);
}

awaitable<result<void>> knowledge_admin::describe_jobs(json::object& out, deadline limit) {
    // One of a type at most is open.
    auto const newest = co_await on_.job_rows.list({.type = "train"}, {.limit = 2}, limit);
    if (!newest) co_return newest.error();
    out["running"] = nullptr;
    out["last_training"] = nullptr;
    for (auto const& job : newest->items) {
        auto& place = out[job.finished_at ? "last_training" : "running"];
        if (place.is_null()) place = api::view(job);
    }
    co_return result<void>{};
}

awaitable<result<json::array>> knowledge_admin::collections(std::string current, deadline limit) {
    auto const base = on_.shared.settings.get()->chroma_collection;
    auto const all = co_await on_.chroma->collections(limit);
    if (!all) co_return all.error();
    json::array out;
    for (auto const& c : *all) {
        if (!chroma::generation_of(c.name, base)) continue;
        auto const count = co_await on_.chroma->count(c.id, limit);
        if (!count && count.error().code == errc::not_found) continue;  // dropped meanwhile
        if (!count) co_return count.error();
        out.push_back(json::object{{"name", c.name}, {"documents", *count}, {"current", c.name == current}});
    }
    co_return out;
}

awaitable<result<json::object>> knowledge_admin::documents(admin::document_request which, deadline limit) {
    auto const from = read_cursor(which.cursor);
    if (!from) co_return from.error();
    auto const seen = co_await on_.replicas.read(limit);
    if (!seen) co_return seen.error();
    auto const current = seen->knowledge.collection;
    if (!from->collection.empty() && from->collection != current)
        co_return error{
            errc::conflict,
            public_text{"the knowledge base was trained again since the page before; start at the "
                        "first page"}};
    auto list = co_await collections(current, limit);
    if (!list) co_return list.error();
    json::object out{{"collection", or_null(current)},  {"documents", 0},         {"by_kind", json::object{}},
                     {"collections", std::move(*list)}, {"items", json::array{}}, {"next_cursor", nullptr}};
    if (current.empty()) co_return out;
    auto base = base_of(seen->knowledge);
    auto const counts = co_await base.counts(limit);
    if (!counts) co_return counts.error();
    out["documents"] = counts->documents;
    out["by_kind"] = by_kind(*counts);
    auto& items = out["items"].as_array();
    if (!which.near.empty()) {
        auto const hits = co_await base.nearest(which.near, which.limit, which.kind, limit);
        if (!hits) co_return hits.error();
        for (auto const& h : *hits) {
            items.push_back(view(h.found));
            items.back().as_object()["similarity"] = h.similarity;
        }
        co_return out;
    }
    // One more than is shown tells whether there is a next page.
    auto const part = co_await base.page(which.limit + 1, from->offset, which.kind, limit);
    if (!part) co_return part.error();
    for (auto const& d : part->documents)
        if (items.size() < which.limit) items.push_back(view(d));
    if (part->documents.size() > which.limit)
        out["next_cursor"] = current + ":" + std::to_string(from->offset + which.limit);
    co_return out;
}

awaitable<result<jobs::job>> knowledge_admin::train(std::string requested_by) {
    co_return co_await on_.jobs.train(std::move(requested_by));
}
awaitable<result<jobs::job>> knowledge_admin::clear(std::string requested_by) {
    co_return co_await on_.jobs.clear(std::move(requested_by));
}
awaitable<result<jobs::job>> knowledge_admin::evaluate(std::string requested_by) {
    co_return co_await on_.jobs.evaluate(std::move(requested_by));
}

}  // namespace vanna::app
