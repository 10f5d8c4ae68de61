#include "server/api/job_events.hpp"

#include <charconv>

#include "core/async/pause.hpp"
#include "core/net/sse.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"

namespace vanna::api {
namespace {

constexpr auto look_interval = std::chrono::milliseconds(500);
constexpr auto look_limit = std::chrono::seconds(5);
constexpr auto longest_silence = std::chrono::seconds(15);
constexpr auto longest_stream = std::chrono::minutes(15);

std::int64_t last_event(http::request const& r) {
    std::int64_t out = -1;
    auto const text = r.header("last-event-id");
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    return ec == std::errc{} && end == text.data() + text.size() ? out : -1;
}

class progress_events final : public http::body_source {
  public:
    progress_events(job_watch from, jobs::job seen, std::int64_t told, std::shared_ptr<sql::stop_flag> stop,
                    std::shared_ptr<void> place)
        : from_(from),
          seen_(std::move(seen)),
          told_(told),
          stop_(std::move(stop)),
          place_(std::move(place)) {}

    awaitable<result<std::optional<std::string>>> next() override {
        if (ended_) co_return std::optional<std::string>();
        for (auto const silent_until = after(longest_silence);;) {
            if (seen_.revision > told_) co_return event();
            // The first piece lets the head of the reply go out.
            if (!std::exchange(begun_, true) || after({}) >= silent_until)
                co_return std::string(net::sse_heartbeat);
            if (gone_ || is_over()) co_return std::optional<std::string>();
            co_await pause_for(look_interval);
            co_await look();
        }
    }

  private:
    bool is_over() const {
        return from_.health.draining() || stop_->why() != sql::stop_reason::none || after({}) >= until_;
    }
    std::optional<std::string> event() {
        begun_ = true;
        told_ = seen_.revision;
        ended_ = seen_.finished_at.has_value();
        return net::to_wire({.name = ended_ ? std::string(to_string(seen_.state)) : "progress",
                             .data = boost::json::serialize(view(seen_)),
                             .id = std::to_string(told_)});
    }
    // PostgreSQL may be away for a while; the job may not.
    awaitable<void> look() {
        auto row = co_await from_.rows.get(seen_.id, after(look_limit));
        gone_ = !row && row.error().code == errc::not_found;
        if (row) seen_ = std::move(*row);
    }

    job_watch from_;
    jobs::job seen_;
    std::int64_t told_;
    std::shared_ptr<sql::stop_flag> stop_;
    std::shared_ptr<void> place_;
    deadline until_ = after(longest_stream);
    bool begun_ = false, ended_ = false, gone_ = false;
};

}  // namespace

std::shared_ptr<void> stream_places::take() {
    if (taken_.fetch_add(1) >= most) {
        taken_.fetch_sub(1);
        return {};
    }
    return std::shared_ptr<void>(static_cast<void*>(&taken_), [](void* taken) {
        static_cast<std::atomic<unsigned>*>(taken)->fetch_sub(1);
    });
}

http::response job_events(job_watch from, http::request& r, jobs::job seen) {
    auto const told = last_event(r);
    if (seen.finished_at && told >= seen.revision) return http::no_content();
    auto place = from.places.take();
    if (!place)
        return error{
            errc::overloaded,
            public_text{"this server already sends the events of jobs to " +
                        std::to_string(stream_places::most) +
                        " clients, which is the limit; ask for the job's state instead, or try again"}}
            .with_retry(std::chrono::seconds(5));
    return events_reply(
        std::make_unique<progress_events>(from, std::move(seen), told, stop_flag_of(r), std::move(place)));
}

}  // namespace vanna::api
