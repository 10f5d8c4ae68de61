// A text/event-stream reply whose events come from a coroutine running beside it (the stages of a question,
// the progress of a job). Bounded: a producer that is ahead waits for the reader.
//
//   auto events = http::event_stream::make(executor);
//   group.spawn("ask", [events]() -> awaitable<void> { co_await events->push({"stage", R"({"n":1})"}); … });
//   co_return events->reply(request.within(timeout));
#pragma once
#include <deque>
#include <memory>

#include "core/net/sse.hpp"
#include "core/sql/target.hpp"
#include "server/http/response.hpp"

namespace vanna::http {

class event_stream : public std::enable_shared_from_this<event_stream> {
  public:
    static std::shared_ptr<event_stream> make(asio::any_io_executor executor);
    explicit event_stream(asio::any_io_executor executor) : wake_(executor), room_(executor) {}

    // False when the reader is gone: the producer should end. Waits while 64 events or
    // 256 KiB are unread.
    awaitable<bool> push(net::sse_event event);
    // No more events; what was pushed is still sent. Also when the producer fails.
    void finish();
    bool reader_gone() const { return gone_; }
    // `flag` is raised when the reader is gone, so that a producer that is not pushing learns of it.
    void stop_when_gone(std::shared_ptr<sql::stop_flag> flag) { stop_ = std::move(flag); }

    // The reply; once. A comment goes out every 15 s of silence, which also notices a reader that left.
    response reply(deadline until);

  private:
    friend struct event_source;
    awaitable<result<std::optional<std::string>>> next();
    static constexpr std::size_t most_unread = 64, most_unread_bytes = 256 * 1024;

    std::deque<std::string> unread_;
    std::size_t unread_bytes_ = 0;
    asio::steady_timer wake_, room_;
    std::shared_ptr<sql::stop_flag> stop_;
    bool begun_ = false, finished_ = false, gone_ = false;
};

}  // namespace vanna::http
