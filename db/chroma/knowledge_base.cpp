#include "db/chroma/knowledge_base.hpp"

#include <algorithm>
#include <array>

namespace vanna::chroma {
namespace {

namespace json = boost::json;

constexpr auto kinds =
    std::to_array({ask::document_kind::ddl, ask::document_kind::documentation, ask::document_kind::term,
                   ask::document_kind::example, ask::document_kind::values});

std::string field(json::object const& from, std::string_view name) {
    auto const* found = from.if_contains(name);
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

ask::document_kind kind_of(std::string_view name) {
    for (auto k : kinds)
        if (to_string(k) == name) return k;
    return ask::document_kind::documentation;
}

}  // namespace

record to_record(ask::document const& d) {
    record r{d.id, d.text, {}, {}};
    r.metadata["kind"] = to_string(d.kind);
    r.metadata["subject"] = d.subject;
    r.metadata["reference"] = d.reference;
    return r;
}

ask::document to_document(record const& r) {
    return {r.id, kind_of(field(r.metadata, "kind")), r.document, field(r.metadata, "subject"),
            field(r.metadata, "reference")};
}

knowledge_base::knowledge_base(std::shared_ptr<client> on, std::shared_ptr<ask::embedder> by,
                               current_state current, reread_state reread)
    : client_(std::move(on)),
      embedder_(std::move(by)),
      current_(std::move(current)),
      reread_(std::move(reread)) {}

awaitable<result<std::string>> knowledge_base::collection_id(replica::knowledge_state state, deadline limit) {
    if (state.collection.empty())
        co_return error{errc::not_found, public_text{"the knowledge base has not been trained"}};
    if (state.fingerprint != embedder_->fingerprint())
        co_return error{errc::conflict,
                        public_text{"the knowledge base was trained with the embedder " + state.fingerprint +
                                    ", this server uses " + embedder_->fingerprint() + ": train it again"}};
    if (known_name_ == state.collection) co_return known_id_;
    auto const found = co_await client_->get(state.collection, limit);
    if (!found) co_return found.error();
    known_name_ = found->name;
    known_id_ = found->id;
    co_return known_id_;
}

// One look over all kinds, wide enough that the approximate search finds the near ones; a kind that is
// crowded out is asked for by itself.
awaitable<result<std::vector<ask::hit>>> knowledge_base::search(replica::knowledge_state state,
                                                                ask::embedding to, std::size_t per_kind,
                                                                deadline limit) {
    auto const id = co_await collection_id(std::move(state), limit);
    if (!id) co_return id.error();
    auto const wide = std::max<std::size_t>(50, per_kind * kinds.size() * 4);
    auto all = co_await client_->nearest(*id, to, wide, {}, limit);
    if (!all) co_return all.error();
    bool const everything = all->size() < wide;
    std::vector<ask::hit> hits;
    for (auto kind : kinds) {
        std::size_t taken = 0;
        auto const take = [&](std::vector<neighbour> const& from) {
            for (auto const& n : from)
                if (taken < per_kind && field(n.found.metadata, "kind") == to_string(kind)) {
                    hits.push_back({to_document(n.found), n.similarity});
                    ++taken;
                }
        };
        take(*all);
        if (taken == 0 && !everything) {
            auto const own =
                co_await client_->nearest(*id, to, per_kind * 4, {{"kind", to_string(kind)}}, limit);
            if (!own) co_return own.error();
            take(*own);
        }
    }
    co_return hits;
}

// A collection that is gone was replaced by a training elsewhere: the row says by which.
awaitable<result<std::vector<ask::hit>>> knowledge_base::with_current(std::string text, std::size_t per_kind,
                                                                      deadline limit) {
    auto vectors = co_await embedder_->embed({std::move(text)}, limit);
    if (!vectors) co_return vectors.error();
    auto found = co_await search(current_(), vectors->front(), per_kind, limit);
    if (found || found.error().code != errc::not_found || known_name_.empty() || !reread_) co_return found;
    known_name_.clear();
    auto state = co_await reread_(limit);
    if (!state) co_return state.error();
    co_return co_await search(std::move(*state), std::move(vectors->front()), per_kind, limit);
}

awaitable<result<std::vector<ask::hit>>> knowledge_base::retrieve(std::string question, std::size_t per_kind,
                                                                  deadline limit) {
    co_return co_await with_current(std::move(question), per_kind, limit);
}

awaitable<result<std::vector<ask::hit>>> knowledge_base::nearest(std::string text, std::size_t n,
                                                                 deadline limit) {
    auto found = co_await with_current(std::move(text), n, limit);
    if (!found) co_return found;
    std::sort(found->begin(), found->end(), [](auto const& a, auto const& b) {
        return a.similarity != b.similarity ? a.similarity > b.similarity : a.found.id < b.found.id;
    });
    if (found->size() > n) found->resize(n);
    co_return found;
}

awaitable<result<std::vector<ask::document>>> knowledge_base::page(std::size_t limit_rows, std::size_t offset,
                                                                   std::string kind, deadline limit) {
    auto const id = co_await collection_id(current_(), limit);
    if (!id) co_return id.error();
    page_of which{limit_rows, offset};
    if (!kind.empty()) which.where["kind"] = kind;
    auto const found = co_await client_->page(*id, std::move(which), limit);
    if (!found) co_return found.error();
    std::vector<ask::document> out;
    for (auto const& r : *found)
        out.push_back(to_document(r));
    co_return out;
}

awaitable<result<knowledge_counts>> knowledge_base::counts(deadline limit) {
    auto const state = current_();
    knowledge_counts out{state.collection, state.fingerprint, 0, {}};
    auto const id = co_await collection_id(state, limit);
    if (!id) co_return id.error();
    constexpr std::size_t per_page = 1000;
    while (true) {
        auto const found = co_await client_->page(*id, {per_page, out.documents}, limit);
        if (!found) co_return found.error();
        for (auto const& r : *found)
            ++out.by_kind[field(r.metadata, "kind")];
        out.documents += found->size();
        if (found->size() < per_page) co_return out;
    }
}

}  // namespace vanna::chroma
