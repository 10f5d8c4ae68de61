#include "core/auth/attempts.hpp"

#include "core/auth/secret.hpp"

namespace vanna::auth {

std::string address_group(std::string_view ip) {
    boost::system::error_code ec;
    auto const address = asio::ip::make_address(ip, ec);
    if (ec) return std::string(ip.substr(0, 45));
    if (address.is_v4()) return address.to_string();
    auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t(0));
    return asio::ip::address_v6(bytes).to_string() + "/64";
}

std::vector<rate_rule> login_rules(std::string_view account, std::string_view ip) {
    auto const address = address_group(ip);
    // What people typed does not belong into Redis, and may be of any length.
    std::string key;
    append_base64url(key, std::string_view(sha256(account)).substr(0, 15));
    return {{"login:" + address + ":" + key, per_account_and_address}, {"login:" + address, per_address}};
}

std::vector<rate_rule> address_rules(std::string_view purpose, std::string_view ip) {
    return {{std::string(purpose) + ":" + address_group(ip), per_address}};
}

}  // namespace vanna::auth
