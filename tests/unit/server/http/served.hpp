// A server on a free port of loopback with routes made for tests, on threads of its own, and a blocking
// client that speaks bytes: what is under test is on the other side of a real socket.
#pragma once
#include <boost/test/unit_test.hpp>
#include <future>
#include <map>

#include "core/async/runtime.hpp"
#include "server/http/event_stream.hpp"
#include "server/http/server.hpp"

namespace vanna::test {

struct reply {
    int status = 0;
    std::map<std::string, std::string> headers;  // lower case names
    std::string body;
    bool chunked = false;
    std::map<std::string, std::string> trailers;
    std::string header(std::string const& name) const {
        auto const found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

class client {
  public:
    explicit client(std::uint16_t port);
    client(client&& other) noexcept : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}
    ~client();

    void send(std::string_view bytes);
    // The next reply; throws when the connection ends or nothing comes within 10 s. `head`: no body follows.
    reply read(bool head = false);
    reply get(std::string_view target, std::string_view headers = "");
    reply post(std::string_view target, std::string_view body, std::string_view headers = "");
    // True when the server closes (or resets) within 10 s; what it sends before is dropped.
    bool closed_by_server();
    void shutdown_sending();
    void close(bool reset = false);
    int descriptor() const { return fd_; }

  private:
    bool more();
    std::string line();
    int fd_;
    std::string buffer_;
};

// What the handlers under test share; one for all workers here.
struct context {
    std::atomic<int> running{0}, gone{0}, produced{0};
    std::atomic<bool> release{false};
    std::atomic<bool> trail_is_full{false}, maintenance{false};
    std::unique_ptr<task_group> tasks;  // on worker 0
};

class served {
  public:
    explicit served(http::options how = {}, std::size_t workers = 1);
    ~served();

    std::uint16_t port() const { return server_->port(); }
    client connect() const { return client(port()); }
    std::future<void> stop(std::chrono::milliseconds drain, std::chrono::milliseconds grace);
    http::traffic const& counts() const { return server_->counts(0); }  // of the first worker
    std::uint64_t open() const;                                         // of all
    std::uint64_t accepted() const;
    http::server const& server() const { return *server_; }
    test::context& state() { return context_; }
    // Waits until `holds` or fails after 10 s.
    static void eventually(std::function<bool()> holds, char const* what);

  private:
    test::context context_;
    runtime workers_;
    http::router routes_;
    std::unique_ptr<http::authenticator> verifier_;
    std::unique_ptr<http::server> server_;
    bool stopped_ = false;
};

}  // namespace vanna::test
