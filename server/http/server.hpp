// The HTTP server of the process: one listener a worker on the same port. Built by the composition root:
//
//   http::router routes{server::auth_routes, server::query_routes};
//   routes.alias("/api/v1/admin/db", "/admin/db");
//   http::server server(runtime, options, routes, {{context_of_worker_0, &verifier_0}, …});
//   if (auto opened = server.open(); !opened) …;   // then runtime.start()
//   co_await server.accept();
//   co_await server.close(std::chrono::seconds(5));
//   co_await server.finish(std::chrono::seconds(30));
#pragma once
#include <memory>
#include <vector>

#include "core/async/runtime.hpp"
#include "server/http/listener.hpp"

namespace vanna::http {

class server {
  public:
    // One seat a worker, in order. Throws std::logic_error when a context is not of the type that the
    // routes' handlers take.
    server(runtime& workers, options how, router const& routes, std::vector<seat> seats);
    ~server();

    // Binds and listens: who connects from now on waits until accept(). unavailable: the address is taken or
    // not ours; invalid_input: the TLS files.
    result<void> open();
    std::uint16_t port() const;  // after open()
    // Serves those who wait and all that come. From any worker; once.
    awaitable<void> accept();

    // Answers with `connection: close` for `drain`, then closes the door. From any worker; once.
    awaitable<void> close(std::chrono::milliseconds drain);
    // After that: lets what runs finish within `grace`; cancels the rest; returns when every session has
    // ended.
    awaitable<void> finish(std::chrono::milliseconds grace);

    std::size_t workers() const { return listeners_.size(); }
    traffic const& counts(std::size_t worker) const { return listeners_[worker]->counts; }
    router const& routes() const { return site_.router; }

  private:
    runtime& workers_;
    site site_;
    std::vector<std::unique_ptr<listener>> listeners_;
};

}  // namespace vanna::http
