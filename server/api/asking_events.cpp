#include "server/api/asking_events.hpp"

#include "server/api/result_view.hpp"
#include "server/api/row_slices.hpp"
#include "server/http/event_stream.hpp"
#include "server/http/problem.hpp"

namespace vanna::api {
namespace {

using stream = std::shared_ptr<http::event_stream>;

net::sse_event event_of(std::string_view stage, boost::json::object more = {}) {
    boost::json::object data{{"stage", stage}};
    for (auto& [name, value] : more)
        data[name] = std::move(value);
    return {.name = std::string(stage), .data = boost::json::serialize(data), .id = {}};
}

class follower final : public ask::observer {
  public:
    explicit follower(stream to) : to_(std::move(to)) {}

    awaitable<void> said(std::string_view generator, std::string text) override {
        co_await to_->push(event_of("generating", {{"generator", generator}, {"token", text}}));
    }
    awaitable<void> checking(ask::generated const& what) override {
        co_await to_->push(event_of("checking", {{"generator", what.generator}, {"sql", what.sql}}));
    }

  private:
    stream to_;
};

// False: the reader is gone.
awaitable<bool> tell_rows(http::event_stream& to, asking const& work) {
    auto const& rows = *work.rows();
    row_slices slices(rows.body->json);
    auto piece = slices.next();
    for (bool first = true; first || piece; first = false) {
        net::sse_event event{.name = "rows", .data = R"({"stage":"rows",)", .id = {}};
        if (first) event.data.append("\"columns\":").append(slices.columns()).append(",");
        event.data.append("\"rows\":[").append(piece.value_or("")).append("]}");
        if (!co_await to.push(std::move(event))) co_return false;
        piece = slices.next();
    }
    auto done = answer_json(rows, work.how(), work.text(), slices.totals());
    done.insert(1, R"("stage":"done",)");
    co_return co_await to.push({.name = "done", .data = std::move(done), .id = {}});
}

awaitable<void> tell(http::event_stream& to, asking& work, std::string const& request_id) {
    while (work.at() != asking::stage::done) {
        boost::json::object more;
        if (auto const& how = work.how(); !how.sql.empty())
            more = {{"generator", how.generator}, {"sql", how.sql}};
        // A reader who leaves stops the work, which then ends soon; only at its end it is recorded.
        (void)co_await to.push(event_of(to_string(work.at()), std::move(more)));
        co_await work.advance();
    }
    if (work.rows()) {
        co_await tell_rows(to, work);
    } else if (auto const& why = work.failure()) {
        auto const status = http::status_of(why->code);
        co_await to.push({.name = "problem", .data = http::problem_json(*why, status, request_id), .id = {}});
    } else {
        co_await to.push(event_of("done", generated_view(work.how(), work.text())));
    }
}

// Whatever happens, the reply comes to its end.
struct ending {
    stream of;
    ~ending() { of->finish(); }
};

awaitable<void> work_and_tell(stream to, std::shared_ptr<asking> work, std::string request_id) {
    ending const end{to};
    work->follow(std::make_shared<follower>(to));
    co_await tell(*to, *work, request_id);
}

}  // namespace

reply asking_events(context& c, asking work, std::shared_ptr<sql::stop_flag> stop, std::string request_id,
                    asio::any_io_executor executor) {
    auto events = http::event_stream::make(std::move(executor));
    events->stop_when_gone(std::move(stop));
    c.askings.spawn("ask", [events, work = std::make_shared<asking>(std::move(work)),
                            id = std::move(request_id)] { return work_and_tell(events, work, id); });
    return events->reply(deadline::max());
}

}  // namespace vanna::api
