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
    if (known_name_ == state.collection) co_return known_id_;
    auto const found = co_await client_->get(state.collection, limit);
    if (!found) co_return found.error();
    known_name_ = found->name;
    known_id_ = found->id;
    co_return known_id_;
}

result<void> knowledge_base::check_embedder(replica::knowledge_state const& state) const {
    if (state.collection.empty() || state.fingerprint == embedder_->fingerprint()) return {};
    return error{errc::conflict,
                 public_text{"the knowledge base was trained with the embedder " + state.fingerprint +
                             ", this server uses " + embedder_->fingerprint() + ": train it again"}};
}

// A collection that is gone was replaced by a training elsewhere: the row says by which.
template <class T, class F>
awaitable<result<T>> knowledge_base::on_current(F use, deadline limit) {
    auto state = current_();
    bool const was_trained = !state.collection.empty();
    auto found = co_await use(std::move(state));
    if (found || found.error().code != errc::not_found || !was_trained || !reread_) co_return found;
    known_name_.clear();
    auto newer = co_await reread_(limit);
    if (!newer) co_return newer.error();
    co_return co_await use(std::move(*newer));
}

// One look over all kinds, wide enough that the approximate search finds the near ones; a kind that is
// crowded out is asked for by itself.
awaitable<result<std::vector<ask::hit>>> knowledge_base::search(replica::knowledge_state state,
                                                                ask::embedding to, std::size_t per_kind,
                                                                deadline limit) {
    if (auto ok = check_embedder(state); !ok) co_return ok.error();
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

awaitable<result<std::vector<ask::hit>>> knowledge_base::retrieve(std::string question, std::size_t per_kind,
                                                                  deadline limit) {
    std::vector<std::string> texts;
    texts.push_back(std::move(question));
    auto const vectors = co_await embedder_->embed(std::move(texts), limit);
    if (!vectors) co_return vectors.error();
    auto const use = [&](replica::knowledge_state state) {
        return search(std::move(state), vectors->front(), per_kind, limit);
    };
    co_return co_await on_current<std::vector<ask::hit>>(use, limit);
}

awaitable<result<std::vector<ask::hit>>> knowledge_base::nearest(std::string text, std::size_t n,
                                                                 std::string kind, deadline limit) {
    std::vector<std::string> texts;
    texts.push_back(std::move(text));
    auto const vectors = co_await embedder_->embed(std::move(texts), limit);
    if (!vectors) co_return vectors.error();
    auto const use = [&](replica::knowledge_state state) -> awaitable<result<std::vector<ask::hit>>> {
        if (auto ok = check_embedder(state); !ok) co_return ok.error();
        auto const id = co_await collection_id(std::move(state), limit);
        if (!id) co_return id.error();
        json::object where;
        if (!kind.empty()) where["kind"] = kind;
        auto const found = co_await client_->nearest(*id, vectors->front(), n, std::move(where), limit);
        if (!found) co_return found.error();
        std::vector<ask::hit> hits;
        for (auto const& one : *found)
            hits.push_back({to_document(one.found), one.similarity});
        co_return hits;
    };
    co_return co_await on_current<std::vector<ask::hit>>(use, limit);
}

awaitable<result<knowledge_part>> knowledge_base::page(std::size_t limit_rows, std::size_t offset,
                                                       std::string kind, deadline limit) {
    auto const use = [&](replica::knowledge_state state) -> awaitable<result<knowledge_part>> {
        knowledge_part out{state.collection, {}};
        auto const id = co_await collection_id(std::move(state), limit);
        if (!id) co_return id.error();
        page_of which{.limit = limit_rows, .offset = offset};
        if (!kind.empty()) which.where["kind"] = kind;
        auto const found = co_await client_->page(*id, std::move(which), limit);
        if (!found) co_return found.error();
        for (auto const& r : *found)
            out.documents.push_back(to_document(r));
        co_return out;
    };
    co_return co_await on_current<knowledge_part>(use, limit);
}

awaitable<result<knowledge_counts>> knowledge_base::counts(deadline limit) {
    auto const use = [&](replica::knowledge_state state) -> awaitable<result<knowledge_counts>> {
        knowledge_counts out{state.collection, state.fingerprint, 0, {}};
        auto const id = co_await collection_id(std::move(state), limit);
        if (!id) co_return id.error();
        constexpr std::size_t per_page = 1000;
        while (true) {
            auto const found = co_await client_->page(
                *id, {.limit = per_page, .offset = out.documents, .documents = false}, limit);
            if (!found) co_return found.error();
            for (auto const& r : *found)
                ++out.by_kind[field(r.metadata, "kind")];
            out.documents += found->size();
            if (found->size() < per_page) co_return out;
        }
    };
    co_return co_await on_current<knowledge_counts>(use, limit);
}

}  // namespace vanna::chroma
