#include "core/ask/follow_up.hpp"
#include "server/api/body.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/result_view.hpp"
#include "server/api/views.hpp"

namespace vanna::api {
namespace {

error no_such_query() {
    return {errc::not_found, public_text{"there is no such query"}};
}

// Ids tell when they were made: nobody made one in the future, and nothing runs for an hour.
bool may_still_run(uuid id) {
    auto const made = time_of(id);
    return made && std::chrono::abs(now() - *made) < std::chrono::hours(1);
}

// Own queries, or anybody's for an admin (the caller audits that). Another's is not found.
awaitable<result<query::record>> visible(context& c, http::request& r, uuid id) {
    auto found = co_await c.history.get(id, r.limit);
    if (!found) co_return found.error();
    if (found->user_id != who(r).user_id) {
        if (who(r).role != auth::role::admin) co_return no_such_query();
        note(c, entry_of(r, "queries.read_other", "queries/" + to_string(id), "success"));
    }
    co_return std::move(*found);
}

// A later question of a conversation may say nothing by itself.
awaitable<result<bool>> stands_alone(context& c, http::request& r, query::record const& of) {
    if (!of.conversation_id) co_return true;
    auto const before = co_await c.history.list(
        {.user_id = of.user_id, .status = "success", .conversation_id = of.conversation_id},
        {.limit = 1, .before = of.id}, r.limit);
    if (!before) co_return before.error();
    co_return before->items.empty();
}

// What is there already, also as rejected, is not proposed again.
awaitable<result<void>> propose(context& c, http::request& r, query::record const& of) {
    if (of.question.empty() || of.status != query::status::success) co_return result<void>{};
    // Its conversation may be deleted: the question itself must not lean on another.
    if (ask::addition_of(of.question)) co_return result<void>{};
    auto const alone = co_await stands_alone(c, r, of);
    if (!alone) co_return alone.error();
    if (!*alone) co_return result<void>{};
    auto const known = co_await c.knowledge.known_example(of.question, of.sql, r.limit);
    if (!known) co_return known.error();
    if (*known) co_return result<void>{};
    auto const proposed = co_await c.knowledge.add_example({.id = new_id(),
                                                            .question = of.question,
                                                            .sql = of.sql,
                                                            .state = "proposed",
                                                            .proposed_by = who(r).email,
                                                            .created_at = now()},
                                                           r.limit);
    if (!proposed && proposed.error().code != errc::conflict) co_return proposed.error();
    co_return result<void>{};
}

}  // namespace

awaitable<reply> run_query(context& c, http::request& r) {
    auto const s = c.settings.get();
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    query::request what{.stop = stop_flag_of(r)};
    what.what.text = body->text("sql", 1, SIZE_MAX);
    what.id = body->optional_id("id");
    if (auto limit = body->optional_integer("limit", 1, 100'000'000)) what.limit = std::uint64_t(*limit);
    if (auto const* params = body->raw("params"))
        if (auto ok = query::set_params(what.what, *params); !ok)
            for (auto const& f : ok.error().fields)
                body->wrong(f.field, f.message);
    if (auto ok = body->done(); !ok) co_return ok.error();
    auto const sql = what.what.text;
    auto const done = co_await c.queries.run(asker_of(r), std::move(what));
    if (!done) co_return done.error();
    co_return result_reply(*done, sql);
}

awaitable<reply> cancel_query(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto const me = who(r).user_id;
    bool const admin = who(r).role == auth::role::admin;
    boost::json::object const answer{{"query_id", to_string(*id)}, {"status", "cancelling"}};
    auto const others = [&] {
        note(c, entry_of(r, "queries.cancel_other", "queries/" + to_string(*id), "success"));
    };
    auto const stopped = c.running.cancel(*id, me, admin);
    if (stopped) {
        if (*stopped != me) others();
        co_return json_reply(202, answer);
    }
    if (stopped.error().code == errc::forbidden) co_return no_such_query();
    if (auto const known = co_await c.history.get(*id, r.limit); known) {
        if (known->user_id != me && !admin) co_return no_such_query();
        co_return error{errc::conflict,
                        public_text{"the query has ended already: " + std::string(to_string(known->status))}};
    } else if (known.error().code != errc::not_found) {
        co_return known.error();
    }
    // It may run on another replica, which alone knows whose it is: asked of all, if it can run at all.
    if (!may_still_run(*id)) co_return no_such_query();
    if (auto ok = co_await c.replicas.request_cancel({.query_id = *id, .requested_by = me, .by_admin = admin},
                                                     r.limit);
        !ok)
        co_return ok.error();
    if (admin) others();
    co_return json_reply(202, answer);
}

awaitable<reply> list_queries(context& c, http::request& r) {
    auto const page = page_of(r);
    if (!page) co_return page.error();
    query::history_filter which{.user_id = who(r).user_id,
                                .status = std::string(r.query("status").value_or(""))};
    if (!which.status.empty() && !query::parse_status(which.status))
        co_return error{errc::invalid_input, public_text{"the status is not known"}}.with_field(
            "status", "expected success, error, cancelled, timeout or refused");
    auto const other = r.query("user_id");
    bool const all = r.query("all").value_or("") == "true";
    if (other || all) {
        if (who(r).role != auth::role::admin)
            co_return error{errc::forbidden, public_text{"only an admin sees the queries of others"}};
        which.user_id = other ? parse_uuid(*other) : std::nullopt;
        if (other && !which.user_id)
            co_return error{errc::invalid_input, public_text{"the user is not valid"}}.with_field(
                "user_id", "expected a UUID");
        note(c,
             entry_of(r, "queries.list_other", other ? "users/" + std::string(*other) : "users", "success"));
    }
    auto const found = co_await c.history.list(which, *page, r.limit);
    if (!found) co_return found.error();
    co_return json_reply(200, view(*found));
}

awaitable<reply> get_query(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto const found = co_await visible(c, r, *id);
    if (!found) co_return found.error();
    co_return json_reply(200, view(*found));
}

awaitable<reply> give_feedback(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    query::feedback given{.id = new_id(), .query_id = *id, .user_id = who(r).user_id, .created_at = now()};
    given.rating = int(body->integer("rating", 1, 5));
    given.comment = body->optional_text("comment", 0, 4000).value_or("");
    if (auto ok = body->done(); !ok) co_return ok.error();
    auto const found = co_await visible(c, r, *id);
    if (!found) co_return found.error();
    auto const stored = co_await c.history.give_feedback(given, r.limit);
    if (!stored) co_return stored.error();
    note(c, entry_of(r, "feedback.give", "queries/" + to_string(*id), "success", {{"rating", given.rating}}));
    // A good rating proposes the pair for review; it never trains anything by itself.
    if (given.rating >= 4)
        if (auto ok = co_await propose(c, r, *found); !ok) co_return ok.error();
    co_return created("/api/v1/queries/" + to_string(*id), view(*stored));
}

awaitable<reply> export_result(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto const name = r.query("format").value_or("json");
    auto const format = export_format(name);
    if (!format) co_return format.error();
    auto const found = co_await visible(c, r, *id);
    if (!found) co_return found.error();
    if (found->status != query::status::success)
        co_return error{errc::conflict,
                        public_text{"the query ended as " + std::string(to_string(found->status)) +
                                    " and has no result"}};
    query::service::export_request what{
        .query_id = *id,
        .what = {.text = found->sql},
        .target_version = found->target_version,
        .format = *format,
        .neutralise_formulas = r.query("neutralise_formulas").value_or("") == "true",
        .stop = stop_flag_of(r)};
    if (r.query("latest").value_or("") == "true") what.target_version.clear();
    if (!found->params.empty())
        if (auto ok = query::set_params(what.what, boost::json::parse(found->params)); !ok)
            co_return ok.error();
    auto opened = co_await c.queries.export_rows(asker_of(r), std::move(what));
    if (!opened) co_return opened.error();
    auto const timeout = c.settings.get()->export_timeout_ms;
    co_return export_reply(std::move(*opened), *format, *id,
                           timeout == 0 ? deadline::max() : after(std::chrono::milliseconds(timeout)));
}

}  // namespace vanna::api
