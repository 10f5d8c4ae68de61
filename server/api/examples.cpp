#include <algorithm>

#include "core/json_values.hpp"
#include "server/api/body.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"

namespace vanna::api {
namespace {

std::string resource(uuid id) {
    return "knowledge/examples/" + to_string(id);
}

constexpr std::size_t neighbours_shown = 5;

boost::json::array nearest_view(std::vector<ask::near_pair> const& found) {
    boost::json::array out;
    for (auto const& near : found) {
        auto const& pair = near.pair;
        out.push_back(boost::json::object{{"id", to_string(pair.id)},
                                          {"question", pair.question},
                                          {"sql", pair.sql},
                                          {"approved_by", or_null(pair.approved_by)},
                                          {"similarity", near.similarity}});
    }
    return out;
}

// A statement that is only looked at has no more time than one that is run.
awaitable<result<ask::seen_pair>> check(context& c, http::request& r, std::string sql) {
    auto const ms = c.settings.get()->query_timeout_ms;
    auto const limit = ms == 0 ? r.limit : std::min(r.limit, after(std::chrono::milliseconds(ms)));
    ask::seen_pair out{.columns = {}, .version = c.target.status().version};
    auto const columns = co_await c.target.check(std::move(sql), limit, who(r).user_id);
    if (!columns) co_return columns.error();
    for (auto const& column : *columns)
        out.columns.push_back(column.name);
    co_return out;
}

awaitable<reply> decide(context& c, http::request& r, bool approve) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto const action = approve ? "examples.approve" : "examples.reject";
    co_return co_await audited(c, r, action, resource(*id), nullptr, [&]() -> awaitable<reply> {
        ask::seen_pair seen;
        if (approve) {
            auto const found = co_await c.knowledge.example_by_id(*id, r.limit);
            if (!found) co_return found.error();
            // A pair that the guard or the schema refuses must never be answered with.
            auto checked = co_await check(c, r, found->sql);
            if (!checked) co_return checked.error();
            seen = std::move(*checked);
        }
        auto const decided = co_await c.knowledge.decide_example(*id, approve, who(r).email, seen, r.limit);
        if (!decided) co_return decided.error();
        c.knowledge_cache.forget();
        if (approve) c.pair_approved(*decided);
        co_return json_reply(200, view(*decided));
    });
}

}  // namespace

awaitable<reply> list_examples(context& c, http::request& r) {
    auto const which = page_of(r);
    if (!which) co_return which.error();
    auto const state = r.query("state").value_or("");
    constexpr std::string_view known[] = {"", "proposed", "approved", "rejected", "stale"};
    if (std::ranges::find(known, state) == std::end(known))
        co_return error{errc::invalid_input, public_text{"the state is not known"}}.with_field(
            "state", "expected proposed, approved, rejected or stale");
    auto const found = co_await c.knowledge.list_examples(std::string(state), *which, r.limit);
    if (!found) co_return found.error();
    co_return json_reply(200, view(*found));
}

// With the approved pairs nearest to it: what a reviewer compares it with.
awaitable<reply> get_example(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto const found = co_await c.knowledge.example_by_id(*id, r.limit);
    if (!found) co_return found.error();
    auto const known = co_await c.knowledge_cache.current(c.knowledge, r.limit);
    auto look = [&all = c.pair_neighbours, question = found->question, except = *id, among = known.examples] {
        return result<std::vector<ask::near_pair>>(all.of(question, except, among, neighbours_shown));
    };
    auto const near = co_await offload(c.asking_pool, std::move(look));
    if (!near) co_return near.error();
    auto out = view(*found);
    out["nearest"] = nearest_view(*near);
    co_return json_reply(200, out);
}

awaitable<reply> propose_example(context& c, http::request& r) {
    auto const s = c.settings.get();
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    ask::example made{.id = new_id(), .state = "proposed", .proposed_by = who(r).email, .created_at = now()};
    made.question = body->text("question", 1, s->max_question_chars);
    made.sql = body->text("sql", 1, s->max_sql_bytes);
    if (auto ok = body->done(); !ok) co_return ok.error();
    if (auto const ok = co_await check(c, r, made.sql); !ok) co_return ok.error();
    co_return co_await audited(c, r, "examples.propose", resource(made.id),
                               {{"question", made.question}, {"sql", made.sql}}, [&]() -> awaitable<reply> {
                                   auto const stored = co_await c.knowledge.add_example(made, r.limit);
                                   if (!stored) co_return stored.error();
                                   co_return created("/api/v1/knowledge/examples/" + to_string(stored->id),
                                                     view(*stored));
                               });
}

awaitable<reply> approve_example(context& c, http::request& r) {
    co_return co_await decide(c, r, true);
}
awaitable<reply> reject_example(context& c, http::request& r) {
    co_return co_await decide(c, r, false);
}

awaitable<reply> delete_example(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    if (auto ok = confirmed(r); !ok) co_return ok.error();
    co_return co_await audited(c, r, "examples.delete", resource(*id), nullptr, [&]() -> awaitable<reply> {
        if (auto const gone = co_await c.knowledge.remove_example(*id, r.limit); !gone)
            co_return gone.error();
        c.knowledge_cache.forget();
        co_return http::no_content();
    });
}

}  // namespace vanna::api
