// Where an HTTP service is: scheme, host, port and the path its targets start with.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace vanna::net {

struct origin {
    bool tls = false;
    std::string host;  // name or address, IPv6 without brackets
    std::uint16_t port = 80;
    std::string base;  // "" or "/v1": no slash at its end

    std::string authority() const;  // as the Host header has it
};

// "http://localhost:8001", "https://api.example.com/v1/". invalid_input: what is wrong with it. A user or
// password in it is refused: they belong into a header.
result<origin> parse_origin(std::string_view url);

}  // namespace vanna::net
