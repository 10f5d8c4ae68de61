#include "core/ask/model/exchange.hpp"

#include "core/ask/model/chat_api.hpp"
#include "core/ask/openai_path.hpp"
#include "core/net/sse.hpp"

namespace vanna::ask::model {
namespace {

constexpr std::size_t most_body = 1024 * 1024, most_event = 256 * 1024, most_stream = 16 * 1024 * 1024;
// How long, and for how much more, the end of an answer is waited for that cannot change any more: it keeps
// the connection.
constexpr auto last_words = std::chrono::milliseconds(300);
constexpr std::size_t most_last_words = 1024;

error too_long() {
    return {errc::unavailable, public_text{"its answer is longer than is taken"}};
}

error broke_off(answer_text const& so_far) {
    return {errc::unavailable, public_text{"its answer broke off"},
            internal_text{std::to_string(so_far.text().size()) + " bytes had come"}};
}

error at_its_limit() {
    return {errc::unavailable, public_text{"its answer was cut short at its limit of tokens"}};
}

// An answer in events, fed with whatever bytes come.
class event_reader {
  public:
    explicit event_reader(observer* follower) : follower_(follower) {}

    awaitable<result<void>> take(std::string_view bytes) {
        received_ += bytes.size();
        if (received_ > most_stream) co_return too_long();
        parser_.feed(bytes);
        while (!finished_) {
            auto const event = parser_.next();
            if (parser_.overflowed()) co_return too_long();
            if (!event) break;
            auto said = chat_api::read_event(event->data);
            if (!said) co_return said.error();
            finished_ = said->finished;
            cut_short_ = cut_short_ || said->cut_short;
            if (said->text.empty()) continue;
            if (!so_far_.feed(said->text)) co_return too_long();
            if (follower_) co_await follower_->said("llm", std::move(said->text));
        }
        co_return result<void>{};
    }

    // The end, or as good as that.
    bool finished() const { return finished_; }
    bool cut_short() const { return cut_short_; }
    std::size_t received() const { return received_; }
    answer_text& so_far() { return so_far_; }

  private:
    observer* follower_;
    net::sse_parser parser_{most_event};
    answer_text so_far_;
    std::size_t received_ = 0;
    bool finished_ = false, cut_short_ = false;
};

// Whether the stream came to its end, or to where it may be left.
awaitable<result<bool>> read_all(net::service_stream& from, event_reader& into, deadline limit) {
    std::optional<std::size_t> whole_at;
    for (auto until = limit; !into.finished();) {
        auto piece = co_await from.next(until);
        if (!piece) {
            if (whole_at) co_return true;
            co_return piece.error();
        }
        if (!*piece) co_return false;
        if (auto ok = co_await into.take(**piece); !ok) {
            if (whole_at) co_return true;
            co_return ok.error();
        }
        if (!whole_at && into.so_far().is_whole()) {
            whole_at = into.received();
            until = std::min(limit, after(last_words));
        }
        if (whole_at && into.received() > *whole_at + most_last_words) break;
    }
    co_return true;
}

awaitable<result<answer_text>> read_events(net::service_stream& from, observer* follower, deadline limit) {
    event_reader reader(follower);
    auto const ended = co_await read_all(from, reader, limit);
    auto& so_far = reader.so_far();
    bool const whole = so_far.is_whole();
    if (!ended) {
        if (ended.error().code != errc::cancelled) from.judge(false);
        co_return ended.error();
    }
    from.judge(*ended || whole);
    if (!*ended && !whole) co_return broke_off(so_far);
    if (reader.cut_short() && !whole) co_return at_its_limit();
    // What follows the last event, so that the connection can be used again.
    if (reader.finished())
        for (auto const until = std::min(limit, after(last_words));;) {
            auto const rest = co_await from.next(until);
            if (!rest || !*rest || (*rest)->size() > most_last_words) break;
        }
    from.judge(true);
    co_return std::move(so_far);
}

awaitable<result<answer_text>> read_whole(net::service_stream& from, observer* follower, deadline limit) {
    std::string body;
    for (;;) {
        auto piece = co_await from.next(limit);
        if (!piece) co_return piece.error();
        if (!*piece) break;
        body += **piece;
        if (body.size() > most_body) co_return too_long();
    }
    auto said = chat_api::read(body);
    if (!said) co_return said.error();
    answer_text out;
    if (!out.feed(said->text)) co_return too_long();
    if (said->cut_short && !out.is_whole()) co_return at_its_limit();
    if (follower) co_await follower->said("llm", std::move(said->text));
    co_return out;
}

}  // namespace

awaitable<result<std::unique_ptr<net::service_stream>>> exchange::open(prompt const& what, bool stream,
                                                                       deadline limit) {
    for (int tries = 0;; ++tries) {
        auto body = chat_api::request({.model = model_,
                                       .system = what.system,
                                       .user = what.user,
                                       .stream = stream,
                                       .with_temperature = with_temperature_,
                                       .with_max_tokens = with_max_tokens_});
        auto opened = co_await service_.open(openai_path(service_.at().base, "/chat/completions"),
                                             std::move(body), limit);
        if (opened || tries == 2 || opened.error().message.find(" answered 400: ") == std::string::npos)
            co_return opened;
        auto const names = [&](char const* parameter) {
            return opened.error().message.find(parameter) != std::string::npos;
        };
        bool const refuses_temperature = with_temperature_ && names("temperature");
        bool const refuses_limit = with_max_tokens_ && names("max_tokens");
        if (!refuses_temperature && !refuses_limit) co_return opened;
        with_temperature_ = with_temperature_ && !refuses_temperature;
        with_max_tokens_ = with_max_tokens_ && !refuses_limit;
    }
}

awaitable<result<answer_text>> exchange::ask(prompt const& what, observer* follower, deadline limit) {
    auto opened = co_await open(what, follower != nullptr, limit);
    if (!opened) co_return opened.error();
    auto& stream = **opened;
    // A server may not know how to stream.
    if (stream.head().header("content-type").starts_with("text/event-stream"))
        co_return co_await read_events(stream, follower, limit);
    co_return co_await read_whole(stream, follower, limit);
}

}  // namespace vanna::ask::model
