#include "core/ask/pipeline.hpp"
#include "core/net/sse.hpp"
#include "server/api/body.hpp"
#include "server/api/conversation.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/result_view.hpp"
#include "server/http/problem.hpp"

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
    out.run.conversation_id = read_conversation_id(*body);
    out.run.stop = stop_flag_of(r);
    out.execute = body->optional_bool("execute").value_or(true);
    if (auto limit = body->optional_integer("limit", 1, 100'000'000)) out.run.limit = std::uint64_t(*limit);
    if (auto ok = body->done(); !ok) return ok.error();
    return out;
}

// A question on its way to its answer, one stage after the other, so that a stream can tell of each.
class asking {
  public:
    enum class stage { retrieving, generating, running, correcting, done };

    asking(context& c, http::request& r, question q, ask::context what, query::service::admission admitted)
        : c_(c), r_(r), question_(std::move(q)), what_(std::move(what)), admitted_(std::move(admitted)) {}

    stage at() const { return at_; }
    ask::generated const& how() const { return how_; }
    awaitable<void> advance();
    // Once, at the stage done.
    reply answer() { return std::move(answer_); }

  private:
    awaitable<void> generate();
    awaitable<void> run();
    awaitable<void> correct();
    void end(reply with) {
        answer_ = std::move(with);
        at_ = stage::done;
    }

    context& c_;
    http::request& r_;
    question question_;
    ask::context what_;
    query::service::admission admitted_;
    ask::generated how_;
    std::optional<error> problem_;  // of the statement that did not run
    stage at_ = stage::retrieving;
    bool corrected_ = false;
    reply answer_;
};

awaitable<void> asking::advance() {
    switch (at_) {
        case stage::retrieving:
            co_await c_.asking.retrieve(what_, r_.limit);
            at_ = stage::generating;
            break;
        case stage::generating:
            co_await generate();
            break;
        case stage::running:
            co_await run();
            break;
        case stage::correcting:
            co_await correct();
            break;
        case stage::done:
            break;
    }
}

awaitable<void> asking::generate() {
    auto how = co_await c_.asking.generate(what_, r_.limit);
    if (!how) {
        note(c_, entry_of(r_, "query.ask", "questions", "failure",
                          {{"question", question_.text}, {"error", to_string(how.error().code)}}));
        co_return end(how.error());
    }
    how_ = std::move(*how);
    how_.conversation = question_.run.conversation_id;
    if (!how_.sql.empty() && question_.execute) {
        at_ = stage::running;
        co_return;
    }
    bool const declined = how_.sql.empty();
    note(c_, entry_of(r_, "query.ask", "questions", declined ? "declined" : "success",
                      {{"question", question_.text}, {"sql", how_.sql}}));
    c_.count_question(how_.generator, declined ? "declined" : "answered");
    end(json_reply(200, generated_view(how_, question_.text)));
}

awaitable<void> asking::run() {
    auto what = question_.run;
    what.what.text = how_.sql;
    what.action = "query.ask";
    what.question = question_.text;
    what.generator = how_.generator;
    auto const done = co_await c_.queries.attempt(asker_of(r_), std::move(what), admitted_, !corrected_);
    if (!done && !corrected_ && query::is_wrong(done.error())) {
        problem_ = done.error();
        at_ = stage::correcting;
        co_return;
    }
    c_.count_question(how_.generator, done ? "answered" : "failed");
    if (done) remember_turn(c_, who(r_).user_id, how_.conversation, {done->id, question_.text, how_.sql});
    end(done ? result_reply(*done, how_, question_.text) : reply(done.error()));
}

awaitable<void> asking::correct() {
    corrected_ = true;
    auto again = co_await c_.asking.repair(what_, how_, problem_->message, r_.limit);
    if (!again || again->sql.empty()) {
        c_.count_question(how_.generator, "failed");
        auto const recorded = c_.queries.settle(admitted_);
        co_return end(recorded ? std::move(*problem_) : recorded.error());
    }
    how_ = std::move(*again);
    how_.conversation = question_.run.conversation_id;
    co_await run();
}

std::string_view name_of(asking::stage s) {
    switch (s) {
        case asking::stage::retrieving:
            return "retrieving";
        case asking::stage::generating:
            return "generating";
        case asking::stage::running:
            return "running";
        case asking::stage::correcting:
            return "correcting";
        case asking::stage::done:
            break;
    }
    return "done";
}

// The stages as events, then the answer as one, or the problem that a plain reply would have been.
class asking_events final : public http::body_source {
  public:
    asking_events(asking work, std::string request_id)
        : work_(std::move(work)), request_id_(std::move(request_id)) {}

    awaitable<result<std::optional<std::string>>> next() override {
        if (ended_) co_return std::optional<std::string>{};
        if (std::exchange(begun_, true)) co_await work_.advance();
        if (work_.at() != asking::stage::done) co_return net::to_wire({"stage", stage()});
        ended_ = true;
        auto const answer = work_.answer();
        co_return answer.failure
            ? net::to_wire({"problem", http::problem_json(*answer.failure, answer.status, request_id_)})
            : net::to_wire({"answer", answer.body});
    }

  private:
    std::string stage() const {
        boost::json::object out{{"stage", name_of(work_.at())}};
        if (auto const& how = work_.how(); !how.sql.empty()) {
            out["sql"] = how.sql;
            out["generator"] = how.generator;
        }
        return boost::json::serialize(out);
    }

    asking work_;
    std::string request_id_;
    bool begun_ = false, ended_ = false;
};

}  // namespace

awaitable<reply> ask_question(context& c, http::request& r) {
    auto asked = read_question(c, r);
    if (!asked) co_return asked.error();
    // Every question counts, also one that is declined or only wants the SQL.
    auto admitted = co_await c.queries.admit(asker_of(r), asked->run);
    if (!admitted) co_return admitted.error();
    auto what = co_await ask::context_of(asked->text, c.target, c.knowledge_cache, c.knowledge, r.limit);
    if (!what) co_return what.error();
    what->stop = asked->run.stop;
    what->asked_by = who(r).user_id;
    if (auto ok = co_await join_conversation(c, r, asked->run.conversation_id, *what); !ok)
        co_return ok.error();
    asking work(c, r, std::move(*asked), std::move(*what), std::move(*admitted));
    if (wants_events(r))
        co_return events_reply(std::make_unique<asking_events>(std::move(work), std::string(r.id())));
    while (work.at() != asking::stage::done)
        co_await work.advance();
    co_return work.answer();
}

}  // namespace vanna::api
