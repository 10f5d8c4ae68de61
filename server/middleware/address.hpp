// Who the client is behind proxies: X-Forwarded-For counts only from peers inside TRUSTED_PROXIES.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vanna::http {

// An address block: "10.0.0.0/8", "::1" (one address).
class cidr {
  public:
    static std::optional<cidr> parse(std::string_view text);
    bool contains(boost::asio::ip::address const& address) const;

  private:
    boost::asio::ip::address_v6 network_;  // IPv4 as mapped
    unsigned bits_ = 128;
};

// A comma-separated list; nothing when one entry is wrong.
std::optional<std::vector<cidr>> parse_cidrs(std::string_view list);

// `peer` is an address of one of `trusted`.
bool is_proxy(std::string_view peer, std::vector<cidr> const& trusted);

// The right-most address in `forwarded` that is not itself a trusted proxy, if `peer` is one; else `peer`.
// What is not an address ends the search: the last good one stands.
std::string client_address(std::string_view peer, std::string_view forwarded,
                           std::vector<cidr> const& trusted);

}  // namespace vanna::http
