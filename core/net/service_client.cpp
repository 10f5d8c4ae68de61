#include "core/net/service_client.hpp"

#include <boost/algorithm/string/replace.hpp>

#include "core/async/pause.hpp"
#include "core/net/retry_after.hpp"

namespace vanna::net {
namespace {

constexpr auto longest_pause = std::chrono::seconds(20);
constexpr std::size_t most_words = 200;  // bytes
constexpr std::size_t most_refusal = 4096;

using outcome = circuit_breaker::outcome;

}  // namespace

struct service_client::failed_try {
    error why;
    bool may_pass = false;
    std::optional<std::chrono::milliseconds> pause = {};
};

awaitable<result<std::optional<std::string>>> service_stream::next(deadline limit) {
    auto piece = co_await from_->next(limit);
    if (piece && !*piece && call_.outcome == outcome::unknown) judge(true);
    if (!piece && piece.error().code != errc::cancelled) judge(false);
    co_return piece;
}

service_client::service_client(asio::any_io_executor executor, origin at, service_options how,
                               std::shared_ptr<circuit_breaker> breaker)
    : how_(std::move(how)),
      name_(how_.called + " at " + (at.tls ? "https://" : "http://") + at.authority()),
      client_(std::move(executor), std::move(at),
              {.most_connections = how_.most_connections, .most_body = how_.most_answer_bytes}),
      breaker_(std::move(breaker)) {}

error service_client::about(error e) const {
    e.message = name_ + ": " + e.message;
    return e;
}

error service_client::resting() const {
    auto const rest =
        std::chrono::ceil<std::chrono::seconds>(breaker_->rests_for(std::chrono::steady_clock::now()));
    return {errc::unavailable, public_text{name_ + " is not asked after its failures; it is tried again in " +
                                           std::to_string(std::max<long>(1, rest.count())) + " s"}};
}

error service_client::too_late() const {
    return {errc::deadline_exceeded, public_text{name_ + " is not asked: the time for it has passed"}};
}

http_request service_client::request(std::string path, std::string json) const {
    http_request out{"POST", std::move(path), std::move(json), {}};
    out.headers.emplace_back("Content-Type", "application/json");
    if (auto const key = how_.key.get(); !key.empty())
        out.headers.emplace_back("Authorization", "Bearer " + key);
    return out;
}

awaitable<result<std::string>> service_client::post(std::string path, std::string json, deadline limit) {
    return persist<std::string>(&service_client::post_once, request(std::move(path), std::move(json)), limit);
}

awaitable<result<std::unique_ptr<service_stream>>> service_client::open(std::string path, std::string json,
                                                                        deadline limit) {
    return persist<std::unique_ptr<service_stream>>(&service_client::open_once,
                                                    request(std::move(path), std::move(json)), limit);
}

template <class T>
awaitable<result<T>> service_client::persist(attempt<T> once, http_request what, deadline limit) {
    auto pause = how_.first_pause;
    std::optional<error> last;
    for (int tries = 1;; ++tries) {
        if (limit <= std::chrono::steady_clock::now()) co_return last ? std::move(*last) : too_late();
        auto const given = breaker_->begin(std::chrono::steady_clock::now());
        if (given == circuit_breaker::pass::refused) co_return last ? std::move(*last) : resting();
        failed_try failed;
        auto answer = co_await (this->*once)(what, limit, guarded_call(breaker_, given), failed);
        if (answer) co_return std::move(*answer);
        auto const wait = std::max(pause, failed.pause.value_or(std::chrono::milliseconds(0)));
        bool const too_long = wait > longest_pause || after(wait) >= limit;
        if (failed.pause && too_long)
            breaker_->leave_alone(after(*failed.pause), std::chrono::steady_clock::now());
        if (!failed.may_pass || tries == how_.most_tries || too_long) co_return std::move(failed.why);
        last = std::move(failed.why);
        co_await pause_for(wait);
        pause *= 2;
    }
}

awaitable<std::optional<std::string>> service_client::post_once(http_request const& what, deadline limit,
                                                                guarded_call call, failed_try& failed) {
    auto const until = std::min(limit, after(how_.call_limit));
    auto answer = co_await client_.request(what, until);
    if (!answer) {
        failed = broken(answer.error(), call, limit);
        co_return std::nullopt;
    }
    if (answer->status != 200) {
        failed = refused(*answer, call);
        co_return std::nullopt;
    }
    call.outcome = outcome::good;
    co_return std::move(answer->body);
}

awaitable<std::optional<std::unique_ptr<service_stream>>> service_client::open_once(http_request const& what,
                                                                                    deadline limit,
                                                                                    guarded_call call,
                                                                                    failed_try& failed) {
    auto const until = std::min(limit, after(how_.call_limit));
    auto opened = co_await client_.open(what, until);
    if (!opened) {
        failed = broken(opened.error(), call, limit);
        co_return std::nullopt;
    }
    auto& stream = **opened;
    if (stream.head().status == 200)
        co_return std::make_unique<service_stream>(std::move(*opened), std::move(call));
    auto refusal = stream.head();
    while (refusal.body.size() < most_refusal) {
        auto piece = co_await stream.next(until);
        if (!piece || !*piece) break;
        refusal.body += **piece;
    }
    failed = refused(refusal, call);
    co_return std::nullopt;
}

service_client::failed_try service_client::broken(error why, guarded_call& call, deadline limit) const {
    bool const its_own = why.code == errc::unavailable || why.code == errc::deadline_exceeded;
    if (its_own) call.outcome = outcome::bad;
    return {about(std::move(why)), its_own && std::chrono::steady_clock::now() < limit};
}

service_client::failed_try service_client::refused(http_reply const& answer, guarded_call& call) const {
    bool const busy = answer.status == 429, failing = answer.status >= 500;
    if (!busy) call.outcome = failing ? outcome::bad : outcome::good;
    error why{busy ? errc::overloaded : errc::unavailable,
              public_text{name_ + " answered " + std::to_string(answer.status) + ": " +
                          first_words(answer.body, how_.key.get())}};
    if (answer.status == 401 || answer.status == 403) why.message += " (see " + how_.key_setting + ")";
    if (answer.status == 404) why.message += " (see " + how_.place_settings + ")";
    return {std::move(why), busy || failing, retry_after(answer.header("retry-after"), now())};
}

std::string first_words(std::string_view body, std::string_view secret) {
    // Twice as much first: a secret that begins within the words must not show in part.
    std::string out(body.substr(0, most_words + secret.size()));
    if (!secret.empty()) boost::replace_all(out, secret, "***");
    if (out.size() > most_words) {
        out.resize(most_words);
        while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80)
            out.pop_back();
        if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xC0) out.pop_back();
    }
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return out.empty() ? "(nothing)" : out;
}

}  // namespace vanna::net
