#include "core/ask/pipeline.hpp"
#include "server/api/body.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/result_view.hpp"

namespace vanna::api {
namespace {

struct question {
    std::string text;
    query::request run;
    bool execute = true;
};

result<question> read_question(context& c, http::request& r) {
    auto body = body_reader::parse(r.body);
    if (!body) return body.error();
    question out;
    out.text = body->text("question", 1, c.settings.get()->max_question_chars);
    out.run.id = body->optional_id("id");
    out.run.stop = stop_flag_of(r);
    out.execute = body->optional_bool("execute").value_or(true);
    if (auto limit = body->optional_integer("limit", 1, 100'000'000)) out.run.limit = std::uint64_t(*limit);
    if (auto ok = body->done(); !ok) return ok.error();
    return out;
}

awaitable<result<query::answer>> run(context& c, http::request& r, query::request what,
                                     ask::generated const& how, std::string const& text) {
    what.what.text = how.sql;
    what.action = "query.ask";
    what.question = text;
    what.generator = how.generator;
    co_return co_await c.queries.run(asker_of(r), std::move(what));
}

bool may_be_repaired(error const& e) {
    return e.code == errc::query_invalid || e.code == errc::query_refused;
}

}  // namespace

awaitable<reply> ask_question(context& c, http::request& r) {
    auto const asked = read_question(c, r);
    if (!asked) co_return asked.error();
    auto what = co_await ask::context_of(asked->text, c.target, c.knowledge_cache, c.knowledge, r.limit);
    if (!what) co_return what.error();
    auto how = co_await c.asking.generate(*what, r.limit);
    if (!how) co_return how.error();
    if (how->sql.empty() || !asked->execute) {
        note(c, entry_of(r, "query.ask", "questions", how->sql.empty() ? "declined" : "success",
                         {{"question", asked->text}, {"sql", how->sql}}));
        c.count_question(how->generator, how->sql.empty() ? "declined" : "answered");
        co_return json_reply(200, generated_view(*how, asked->text));
    }
    auto done = co_await run(c, r, asked->run, *how, asked->text);
    if (!done && may_be_repaired(done.error())) {
        auto again = co_await c.asking.repair(*what, *how, done.error().message, r.limit);
        if (again && !again->sql.empty()) {
            how = std::move(again);
            auto second = asked->run;
            second.id.reset();  // the first attempt has its record under the client's id
            done = co_await run(c, r, std::move(second), *how, asked->text);
        }
    }
    c.count_question(how->generator, done ? "answered" : "failed");
    if (!done) co_return done.error();
    co_return result_reply(*done, *how, asked->text);
}

}  // namespace vanna::api
