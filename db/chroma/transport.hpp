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
    // `path` begins with a slash; a body is JSON, empty: none. unavailable: no connection or it broke;
    // deadline_exceeded; too_large: the reply is above the limit.
    virtual awaitable<result<reply>> send(std::string method, std::string path, std::string body,
                                          deadline limit) = 0;
};

}  // namespace vanna::chroma
