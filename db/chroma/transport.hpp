// One HTTP exchange with the ChromaDB server, keep-alive below it. The client above speaks the API; tests put
// a fake in its place.
#pragma once
#include <memory>
#include <string>

#include "core/async/awaitable.hpp"

namespace vanna::chroma {

struct reply {
    int status = 0;
    std::string body;
};

class transport {
  public:
    virtual ~transport() = default;
    // `path` begins with a slash; a body is JSON, empty: none. unavailable: no connection, or it broke;
    // overloaded, deadline_exceeded, cancelled.
    virtual awaitable<result<reply>> send(std::string method, std::string path, std::string body,
                                          deadline limit) = 0;
};

// Over HTTP to host and port (CHROMA_HOST, CHROMA_PORT), on this executor's worker only.
std::unique_ptr<transport> connect(asio::any_io_executor executor, std::string host, std::uint16_t port);

}  // namespace vanna::chroma
