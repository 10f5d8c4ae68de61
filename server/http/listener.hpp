// One worker's door: its SO_REUSEPORT socket, its open connections, the sweep that times them out, and what
// they share. Used on the worker's thread only. Speaks no HTTP itself: sessions do.
#pragma once
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <list>
#include <memory>
#include <string>

#include "core/async/task_group.hpp"
#include "server/http/connection.hpp"
#include "server/http/disconnects.hpp"
#include "server/http/exchange.hpp"
#include "server/http/options.hpp"
#include "server/http/router.hpp"
#include "server/http/traffic.hpp"
#include "server/middleware/admission.hpp"

namespace vanna::http {

using tcp = asio::ip::tcp;

// What all workers serve; immutable but for the count.
struct site {
    http::options options;
    http::router const& router;
    std::optional<asio::ssl::context> tls;
    std::atomic<std::size_t> open{0};
};

// What one worker's handlers get, and who verifies its tokens (null: routes other than open ones refuse).
struct seat {
    context_pointer context;
    authenticator* verifier = nullptr;
};

class listener {
  public:
    listener(asio::any_io_executor executor, http::site& site, http::seat seat);
    ~listener();
    listener(listener const&) = delete;

    // Binds and listens; unavailable names the address and the reason.
    result<void> open(tcp::endpoint const& at);
    tcp::endpoint local() const { return acceptor_.local_endpoint(); }
    void start();  // nothing once it is closed

    // The three steps of a stop, on this worker: replies say `connection: close`; what the kernel has
    // accepted is taken, the door closes and idle connections go; newcomers may send a request; busy ones
    // finish until `grace`, then are cancelled.
    void drain() { draining_ = true; }
    awaitable<void> close();
    awaitable<void> finish(deadline grace);

    // For the sessions.
    http::site& site;
    http::seat const seat;
    exchange_pool exchanges;
    http::disconnects disconnects;
    traffic counts;
    std::string date;
    bool draining() const { return draining_; }
    bool cancelled() const { return cancelled_; }  // the grace period is over
    void joined(connection& c);
    void left(connection& c);

  private:
    awaitable<void> accept();
    awaitable<void> sweep();
    awaitable<void> part_with_silent_newcomers();
    // Takes what is queued; 0, or the error number of what keeps it from taking more.
    int accept_queued();
    void admit(int descriptor, std::string peer);

    asio::any_io_executor executor_;
    tcp::acceptor acceptor_;
    asio::steady_timer pulse_, emptied_;
    bool draining_ = false, closed_ = false, cancelled_ = false;
    tcp protocol_ = tcp::v4();
    std::list<connection*> connections_;
    task_group sessions_, own_;
};

}  // namespace vanna::http
