// A question on its way to its answer, one stage after the other, so that a stream can tell of each. It holds
// nothing of the request that brought it, which may be gone before it ends.
#pragma once
#include "server/api/reply.hpp"

namespace vanna::api {

struct question {
    std::string text;
    query::request run;
    bool execute = true;
};

// Audits a question that came to nothing before a statement ran.
void note_unanswered(context& c, query::asker const& by, std::string const& text, error const& why);

class asking {
  public:
    enum class stage { retrieving, generating, running, correcting, done };

    asking(context& c, query::asker by, deadline limit, question q, ask::context what,
           query::service::admission admitted)
        : c_(c),
          by_(std::move(by)),
          limit_(limit),
          question_(std::move(q)),
          what_(std::move(what)),
          admitted_(std::move(admitted)) {}

    stage at() const { return at_; }
    std::string const& text() const { return question_.text; }
    ask::generated const& how() const { return how_; }
    void follow(std::shared_ptr<ask::observer> by) { what_.observer = std::move(by); }
    awaitable<void> advance();

    // At the stage done: one of the two, or neither when the question was not run.
    std::optional<error> const& failure() const { return failure_; }
    std::optional<query::answer> const& rows() const { return rows_; }
    reply answer() const;

  private:
    awaitable<void> generate();
    awaitable<void> run();
    awaitable<void> correct();
    void fail(error why) {
        failure_ = std::move(why);
        at_ = stage::done;
    }

    context& c_;
    query::asker by_;
    deadline limit_;
    question question_;
    ask::context what_;
    query::service::admission admitted_;
    ask::generated how_;
    std::optional<error> problem_;  // of the statement that did not run
    std::optional<error> failure_;
    std::optional<query::answer> rows_;
    stage at_ = stage::retrieving;
    bool corrected_ = false;
};

std::string_view to_string(asking::stage s);

}  // namespace vanna::api
