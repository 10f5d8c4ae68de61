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
// Who follows has held a model up.
constexpr auto slow_follower = std::chrono::seconds(1);

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
        if (received_ > most_stream) co_return overlong();
        parser_.feed(bytes);
        while (!finished_) {
            auto const event = parser_.next();
            if (parser_.overflowed()) co_return overlong();
            if (!event) break;
            auto said = chat_api::read_event(event->data);
            if (!said) co_return said.error();
            finished_ = said->finished;
            cut_short_ = cut_short_ || said->cut_short;
            if (said->text.empty()) continue;
            if (!so_far_.feed(said->text)) co_return overlong();
            co_await pass_on(std::move(said->text));
        }
        co_return result<void>{};
    }

    // The end, or as good as that.
    bool finished() const { return finished_; }
    bool cut_short() const { return cut_short_; }
    std::size_t received() const { return received_; }
    answer_text& so_far() { return so_far_; }
    // Spent waiting for who follows, not for the model.
    std::chrono::steady_clock::duration held_up() const { return held_up_; }
    // What went wrong may be for another reason than the model: an asker who wanted, or read, too much.
    bool is_no_failure_of_the_model() const { return overlong_ || held_up_ > slow_follower; }

  private:
    error overlong() {
        overlong_ = true;
        return too_long();
    }
    awaitable<void> pass_on(std::string text) {
        if (!follower_) co_return;
        auto const began = std::chrono::steady_clock::now();
        co_await follower_->said("llm", std::move(text));
        held_up_ += std::chrono::steady_clock::now() - began;
    }

    observer* follower_;
    net::sse_parser parser_{most_event};
    answer_text so_far_;
    std::size_t received_ = 0;
    std::chrono::steady_clock::duration held_up_{};
    bool finished_ = false, cut_short_ = false, overlong_ = false;
};

// Whether the stream came to its end, or to where it may be left.
awaitable<result<bool>> read_all(net::service_stream& from, event_reader& into, call_limits limits) {
    std::optional<std::size_t> whole_at;
    for (deadline end_of_words = deadline::max(); !into.finished();) {
        auto const limit = std::min(limits.latest, limits.usual + into.held_up());
        auto piece = co_await from.next(std::min(limit, end_of_words));
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
            end_of_words = after(last_words);
        }
        if (whole_at && into.received() > *whole_at + most_last_words) break;
    }
    co_return true;
}

awaitable<result<answer_text>> read_events(net::service_stream& from, observer* follower,
                                           call_limits limits) {
    event_reader reader(follower);
    auto const ended = co_await read_all(from, reader, limits);
    auto& so_far = reader.so_far();
    bool const whole = so_far.is_whole();
    if (!ended) {
        if (reader.is_no_failure_of_the_model())
            from.judge_not();
        else if (ended.error().code != errc::cancelled)
            from.judge(false);
        co_return ended.error();
    }
    from.judge(*ended || whole);
    if (!*ended && !whole) co_return broke_off(so_far);
    if (reader.cut_short() && !whole) co_return at_its_limit();
    // What follows the last event, so that the connection can be used again.
    if (reader.finished())
        for (auto const until = std::min(limits.latest, after(last_words));;) {
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
    bool with_temperature = with_temperature_, with_max_tokens = with_max_tokens_;
    for (int tries = 0;; ++tries) {
        auto body = chat_api::request({.model = model_,
                                       .system = what.system,
                                       .user = what.user,
                                       .stream = stream,
                                       .with_temperature = with_temperature,
                                       .with_max_tokens = with_max_tokens});
        auto opened = co_await service_.open(openai_path(service_.at().base, "/chat/completions"),
                                             std::move(body), limit);
        // Only now: a refusal may name a parameter without meaning it.
        if (opened) with_temperature_ = with_temperature, with_max_tokens_ = with_max_tokens;
        if (opened || tries == 2 || opened.error().message.find(" answered 400: ") == std::string::npos)
            co_return opened;
        auto const names = [&](char const* parameter) {
            return opened.error().message.find(parameter) != std::string::npos;
        };
        bool const refuses_temperature = with_temperature && names("temperature");
        bool const refuses_limit = with_max_tokens && names("max_tokens");
        if (!refuses_temperature && !refuses_limit) co_return opened;
        with_temperature = with_temperature && !refuses_temperature;
        with_max_tokens = with_max_tokens && !refuses_limit;
    }
}

awaitable<result<answer_text>> exchange::ask(prompt const& what, observer* follower, call_limits limits) {
    auto opened = co_await open(what, follower != nullptr, limits.usual);
    if (!opened) co_return opened.error();
    auto& stream = **opened;
    // A server may not know how to stream.
    if (stream.head().header("content-type").starts_with("text/event-stream"))
        co_return co_await read_events(stream, follower, limits);
    co_return co_await read_whole(stream, follower, limits.usual);
}

}  // namespace vanna::ask::model
