// What the server is told at start: address, limits and time-outs. options_from() takes them from the
// settings; tests shorten the times.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/error.hpp"
#include "server/middleware/address.hpp"

namespace vanna::http {

struct options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    int backlog = 4096;
    std::size_t most_header = 16 * 1024, most_body = 1024 * 1024;
    std::size_t most_connections = 20000;  // of all workers together
    std::chrono::milliseconds sweep{1000};
    std::chrono::milliseconds header_time{10'000};   // from the first byte (or accept) to the blank line
    std::chrono::milliseconds body_time{60'000};     // from the first byte to the end of the body
    std::chrono::milliseconds idle_time{75'000};     // keep-alive, between requests
    std::chrono::milliseconds last_words{2'000};     // to end a connection, or to tell why it is cancelled
    std::chrono::milliseconds request_time{30'000};  // request::limit, unless the handler has its own
    std::size_t least_rate = 16 * 1024;              // bytes a second a reader must take …
    std::chrono::milliseconds slow_window{10'000};   // … averaged over this much waiting for it
    std::string tls_cert_file, tls_key_file;
    std::vector<cidr> trusted_proxies;
    std::vector<std::string> cors_origins;  // "https://app.example.com", or "*" for any
};

// What HOST means; a name is looked up (blocks: at start only). invalid_input: neither address nor known
// name.
result<boost::asio::ip::address> listening_address(std::string const& host);

// invalid_input: `fields` name every setting that is wrong, a CIDR or origin that is none. `descriptors`:
// RLIMIT_NOFILE; MAX_CONNECTIONS is held 512 below it.
result<options> options_from(config::settings const& s, std::size_t descriptors);

}  // namespace vanna::http
