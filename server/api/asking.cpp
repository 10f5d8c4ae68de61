#include "server/api/asking.hpp"

#include "server/api/conversation.hpp"
#include "server/api/result_view.hpp"

namespace vanna::api {

void note_unanswered(context& c, query::asker const& by, std::string const& text, error const& why) {
    note(c, entry_of(by, "query.ask", "questions", "failure",
                     {{"question", text}, {"error", to_string(why.code)}}));
}

awaitable<void> asking::advance() {
    switch (at_) {
        case stage::retrieving:
            co_await c_.asking.retrieve(what_, limit_);
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
    auto how = co_await c_.asking.generate(what_, limit_);
    if (!how) {
        note_unanswered(c_, by_, question_.text, how.error());
        c_.count_question("none", "failed");
        co_return fail(how.error());
    }
    how_ = std::move(*how);
    how_.conversation = question_.run.conversation_id;
    if (!how_.sql.empty() && question_.execute) {
        at_ = stage::running;
        co_return;
    }
    bool const declined = how_.sql.empty();
    note(c_, entry_of(by_, "query.ask", "questions", declined ? "declined" : "success",
                      {{"question", question_.text}, {"sql", how_.sql}}));
    c_.count_question(how_.generator, declined ? "declined" : "answered");
    at_ = stage::done;
}

awaitable<void> asking::run() {
    auto what = question_.run;
    what.what.text = how_.sql;
    what.action = "query.ask";
    what.question = question_.text;
    what.generator = how_.generator;
    auto done = co_await c_.queries.attempt(by_, std::move(what), admitted_, !corrected_);
    if (!done && !corrected_ && query::is_wrong(done.error())) {
        problem_ = done.error();
        at_ = stage::correcting;
        co_return;
    }
    c_.count_question(how_.generator, done ? "answered" : "failed");
    if (!done) co_return fail(done.error());
    remember_turn(c_, by_.who.user_id, how_.conversation, {done->id, question_.text, how_.sql});
    rows_ = std::move(*done);
    at_ = stage::done;
}

awaitable<void> asking::correct() {
    corrected_ = true;
    auto again = co_await c_.asking.repair(what_, how_, problem_->message, limit_);
    if (!again || again->sql.empty()) {
        c_.count_question(how_.generator, "failed");
        auto const recorded = c_.queries.settle(admitted_);
        if (!recorded) co_return fail(recorded.error());
        bool const cancelled = !again && again.error().code == errc::cancelled;
        co_return fail(cancelled ? again.error() : std::move(*problem_));
    }
    how_ = std::move(*again);
    how_.conversation = question_.run.conversation_id;
    at_ = stage::running;
}

reply asking::answer() const {
    if (failure_) return *failure_;
    if (rows_) return result_reply(*rows_, how_, question_.text);
    return json_reply(200, generated_view(how_, question_.text));
}

std::string_view to_string(asking::stage s) {
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

}  // namespace vanna::api
