#include "server/http/event_stream.hpp"

namespace vanna::http {
namespace {

constexpr auto silence = std::chrono::seconds(15);

}  // namespace

struct event_source final : body_source {
    std::shared_ptr<event_stream> from;
    explicit event_source(std::shared_ptr<event_stream> stream) : from(std::move(stream)) {}
    ~event_source() override {
        from->gone_ = true;
        from->room_.cancel();
        if (from->stop_) from->stop_->request(sql::stop_reason::client_gone);
    }
    awaitable<result<std::optional<std::string>>> next() override { return from->next(); }
};

std::shared_ptr<event_stream> event_stream::make(asio::any_io_executor executor) {
    return std::make_shared<event_stream>(std::move(executor));
}

awaitable<bool> event_stream::push(net::sse_event event) {
    while (!gone_ && (unread_.size() >= most_unread || unread_bytes_ >= most_unread_bytes)) {
        room_.expires_at(asio::steady_timer::time_point::max());
        boost::system::error_code ec;
        co_await room_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
    if (gone_) co_return false;
    unread_.push_back(net::to_wire(event));
    unread_bytes_ += unread_.back().size();
    wake_.cancel();
    co_return true;
}

void event_stream::finish() {
    finished_ = true;
    wake_.cancel();
}

response event_stream::reply(deadline until) {
    response made;
    made.content_type = "text/event-stream";
    made.headers.push_back({"cache-control", "no-store"});
    made.headers.push_back({"x-accel-buffering", "no"});
    made.stream = std::make_unique<event_source>(shared_from_this());
    made.stream_until = until;
    return made;
}

awaitable<result<std::optional<std::string>>> event_stream::next() {
    if (!std::exchange(begun_, true)) co_return std::string(net::sse_heartbeat);
    if (unread_.empty() && !finished_) {
        wake_.expires_after(silence);
        boost::system::error_code ec;
        co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
    if (unread_.empty()) {
        if (finished_) co_return std::optional<std::string>();
        co_return std::string(net::sse_heartbeat);
    }
    std::string all;
    for (auto& one : unread_)
        all += one;
    unread_.clear();
    unread_bytes_ = 0;
    room_.cancel();
    co_return all;
}

}  // namespace vanna::http
