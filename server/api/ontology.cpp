#include "server/api/body.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"

namespace vanna::api {
namespace {

void read_term(body_reader& body, ask::term& t, bool required) {
    auto const take = [&](std::string_view name, std::string& into, std::size_t least, std::size_t most,
                          bool needed) {
        if (needed)
            into = body.text(name, least, most);
        else if (auto given = body.optional_text(name, least, most))
            into = *given;
    };
    take("term_name", t.name, 1, 200, required);
    take("description", t.description, 0, 4000, required);
    take("data_source", t.data_source, 0, 1000, false);
    take("owner", t.owner, 0, 200, false);
    if (body.has("synonyms")) t.synonyms = body.texts("synonyms", 50, 200);
}

std::string resource(uuid id) {
    return "ontology/" + to_string(id);
}

}  // namespace

awaitable<reply> list_terms(context& c, http::request& r) {
    auto const which = page_of(r);
    if (!which) co_return which.error();
    auto const found = co_await c.knowledge.list_terms(*which, r.limit);
    if (!found) co_return found.error();
    co_return json_reply(200, view(*found));
}

awaitable<reply> get_term(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto const found = co_await c.knowledge.term_by_id(*id, r.limit);
    if (!found) co_return found.error();
    co_return json_reply(200, view(*found));
}

awaitable<reply> create_term(context& c, http::request& r) {
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    ask::term made{.id = new_id()};
    read_term(*body, made, true);
    if (auto ok = body->done(); !ok) co_return ok.error();
    co_return co_await audited(
        c, r, "ontology.create", resource(made.id), view(made), [&]() -> awaitable<reply> {
            auto const stored = co_await c.knowledge.add_term(made, r.limit);
            if (!stored) co_return stored.error();
            c.knowledge_cache.forget();
            co_return created("/api/v1/ontology/" + to_string(stored->id), view(*stored));
        });
}

awaitable<reply> update_term(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    auto found = co_await c.knowledge.term_by_id(*id, r.limit);
    if (!found) co_return found.error();
    auto changed = *found;
    read_term(*body, changed, false);
    if (auto ok = body->done(); !ok) co_return ok.error();
    co_return co_await audited(c, r, "ontology.update", resource(*id), view(changed),
                               [&]() -> awaitable<reply> {
                                   auto const stored = co_await c.knowledge.update_term(changed, r.limit);
                                   if (!stored) co_return stored.error();
                                   c.knowledge_cache.forget();
                                   co_return json_reply(200, view(*stored));
                               });
}

awaitable<reply> delete_term(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    if (auto ok = confirmed(r); !ok) co_return ok.error();
    co_return co_await audited(c, r, "ontology.delete", resource(*id), nullptr, [&]() -> awaitable<reply> {
        if (auto const gone = co_await c.knowledge.remove_term(*id, r.limit); !gone) co_return gone.error();
        c.knowledge_cache.forget();
        co_return http::no_content();
    });
}

}  // namespace vanna::api
