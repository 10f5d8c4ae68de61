// The Redis protocol (RESP2) as bytes in and replies out, without I/O: hiredis' formatter and reader, the
// only place that sees its header. Used by the pipeline and the handshake.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

struct redisReader;

namespace vanna::redis {

struct reply {
    enum class kind { nil, string, status, error, integer, array };
    kind type = kind::nil;
    std::string text;          // of string, status and error
    std::int64_t integer = 0;  // of integer
    std::vector<reply> items;  // of array
};

// Appends one command, its name and arguments, any bytes.
void append_command(std::string& out, std::span<std::string_view const> arguments);

class resp_reader {
  public:
    resp_reader();
    ~resp_reader();
    resp_reader(resp_reader const&) = delete;

    // Bytes in pieces of any size. Then next() until it has nothing.
    void feed(std::string_view bytes);
    // The next whole reply; nothing while one is incomplete. unavailable: these bytes are not RESP, the
    // connection is of no more use.
    result<std::optional<reply>> next();

  private:
    std::unique_ptr<redisReader, void (*)(redisReader*)> reader_;
    bool broken_ = false;
};

}  // namespace vanna::redis
