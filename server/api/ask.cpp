#include "core/ask/model/generator.hpp"
#include "server/api/asking_events.hpp"
#include "server/api/body.hpp"
#include "server/api/conversation.hpp"
#include "server/api/handlers.hpp"

namespace vanna::api {
namespace {

result<question> read_question(context& c, http::request& r) {
    auto body = body_reader::parse(r.body);
    if (!body) return body.error();
    question out;
    out.text = body->text("question", 1, c.settings.get()->max_question_chars);
    out.run.id = body->optional_id("id");
    out.run.conversation_id = read_conversation_id(*body);
    out.run.stop = stop_flag_of(r);
    out.execute = body->optional_bool("execute").value_or(true);
    if (auto limit = body->optional_integer("limit", 1, 100'000'000)) out.run.limit = std::uint64_t(*limit);
    if (auto ok = body->done(); !ok) return ok.error();
    return out;
}

}  // namespace

awaitable<reply> ask_question(context& c, http::request& r) {
    auto asked = read_question(c, r);
    if (!asked) co_return asked.error();
    auto const limit = r.limit + ask::model::extra_time(*c.settings.get());
    // Every question counts, also one that is declined or only wants the SQL.
    auto admitted = co_await c.queries.admit(asker_of(r), asked->run);
    if (!admitted) co_return admitted.error();
    auto what = co_await ask::context_of(asked->text, c.target, c.knowledge_cache, c.knowledge, r.limit);
    if (!what) {
        note_unanswered(c, asker_of(r), asked->text, what.error());
        co_return what.error();
    }
    what->stop = asked->run.stop;
    what->asked_by = who(r).user_id;
    if (auto ok = co_await join_conversation(c, r, asked->run.conversation_id, *what); !ok) {
        note_unanswered(c, asker_of(r), asked->text, ok.error());
        co_return ok.error();
    }
    auto const stop = asked->run.stop;
    asking work(c, asker_of(r), limit, std::move(*asked), std::move(*what), std::move(*admitted));
    if (wants_events(r))
        co_return asking_events(c, std::move(work), stop, std::string(r.id()),
                                co_await asio::this_coro::executor);
    while (work.at() != asking::stage::done)
        co_await work.advance();
    co_return work.answer();
}

}  // namespace vanna::api
