// Calls of one JSON service that may be busy or away for a while (a model, an embedder): what may pass is
// tried again, Retry-After is honoured, all within the caller's one deadline, and a service that its breaker
// knows to be down is not asked. One a worker; must outlive its calls and streams.
#pragma once
#include "core/changing_secret.hpp"
#include "core/net/circuit_breaker.hpp"
#include "core/net/http_client.hpp"

namespace vanna::net {

struct service_options {
    std::string called;          // "the embedder": how messages call it, before its address
    changing_secret key;         // sent as bearer token and never shown; empty: none
    std::string key_setting;     // what a message about a wrong key points to
    std::string place_settings;  // the same of a wrong address or model
    int most_tries = 3;
    std::chrono::milliseconds call_limit = std::chrono::hours(1);  // of one try
    std::chrono::milliseconds first_pause{200};                    // before the second try; doubles
    std::size_t most_answer_bytes = 32 * 1024 * 1024;              // of post()
    std::size_t most_connections = 4;
};

// Counts how a call ended with the breaker; unknown until somebody says.
class guarded_call {
  public:
    guarded_call(std::shared_ptr<circuit_breaker> by, circuit_breaker::pass given)
        : by_(std::move(by)), given_(given) {}
    guarded_call(guarded_call&&) = default;
    ~guarded_call() {
        if (by_) by_->end(given_, outcome, std::chrono::steady_clock::now());
    }
    circuit_breaker::outcome outcome = circuit_breaker::outcome::unknown;

  private:
    std::shared_ptr<circuit_breaker> by_;
    circuit_breaker::pass given_;
};

// The body of a good answer as it comes.
class service_stream {
  public:
    service_stream(std::unique_ptr<http_stream> from, guarded_call call)
        : from_(std::move(from)), call_(std::move(call)) {}
    http_reply const& head() const { return from_->head(); }
    // As http_stream::next(). The service counts as working at the end of its answer, as failing when it
    // breaks off or is late.
    awaitable<result<std::optional<std::string>>> next(deadline limit);
    // It failed for a reason that is not the service's.
    void judge_not() { call_.outcome = circuit_breaker::outcome::unknown; }
    // The answer was as it should be though not read to its end; or it was none.
    void judge(bool good) {
        call_.outcome = good ? circuit_breaker::outcome::good : circuit_breaker::outcome::bad;
    }

  private:
    std::unique_ptr<http_stream> from_;
    guarded_call call_;
};

class service_client {
  public:
    service_client(asio::any_io_executor executor, origin at, service_options how,
                   std::shared_ptr<circuit_breaker> breaker);

    // POSTs JSON to the origin's base and `path`; the body of the answer with status 200. unavailable,
    // deadline_exceeded, overloaded (429 to the end), cancelled; the message names the service and its
    // address, and what it said.
    awaitable<result<std::string>> post(std::string path, std::string json, deadline limit);
    // The same up to the head of the answer.
    awaitable<result<std::unique_ptr<service_stream>>> open(std::string path, std::string json,
                                                            deadline limit);

    origin const& at() const { return client_.to(); }
    // The same error with the service's name before it.
    error about(error e) const;

  private:
    struct failed_try;
    template <class T>
    using attempt = awaitable<std::optional<T>> (service_client::*)(http_request const&, deadline,
                                                                    guarded_call, failed_try&);
    template <class T>
    awaitable<result<T>> persist(attempt<T> once, http_request what, deadline limit);
    awaitable<std::optional<std::string>> post_once(http_request const& what, deadline limit,
                                                    guarded_call call, failed_try& failed);
    awaitable<std::optional<std::unique_ptr<service_stream>>> open_once(http_request const& what,
                                                                        deadline limit, guarded_call call,
                                                                        failed_try& failed);
    http_request request(std::string path, std::string json) const;
    failed_try broken(error why, guarded_call& call, deadline limit) const;
    failed_try refused(http_reply const& answer, guarded_call& call) const;
    error resting() const;
    error too_late() const;

    service_options how_;
    std::string name_;
    http_client client_;
    std::shared_ptr<circuit_breaker> breaker_;
};

// The first words of an answer as a message may show them: no control characters, no `secret`.
std::string first_words(std::string_view body, std::string_view secret);

}  // namespace vanna::net
